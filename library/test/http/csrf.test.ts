import { expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { settingsOf } from '../../src/core/settings-of.ts'
import { memoryStore } from 'latchkey/stores/memory'
import { tokenReply } from '../../src/http/replies.ts'
import { request } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const SAME = { 'sec-fetch-site': 'same-origin' }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

test('a session in cookies: every change repeats the value that its pages can read', async () => {
  let now = 1_800_000_000_000
  const auth = createAuth({ secret, store: memoryStore(), csrf: {}, now: () => now })
  const first = await auth.signIn('ada')
  const jar = (tokens: typeof first) =>
    tokenReply(settingsOf(auth), tokens, 'cookie')
      .headers.filter(([name]) => name === 'Set-Cookie')
      .map(([, value]) => value)
  expect(jar(first).map((each) => each.split('=')[0])).toEqual([
    '__Host-latchkey-access',
    '__Host-latchkey-csrf',
    '__Host-latchkey-refresh',
    '__Host-latchkey-session',
  ])
  const readable = jar(first).find((each) => each.includes('-csrf='))!
  expect(readable).not.toContain('HttpOnly')
  const cookie = jar(first)
    .map((each) => each.split(';')[0])
    .join('; ')
  const post = async (headers: Record<string, string>) => {
    const outcome = await auth.authenticate(
      request({ method: 'POST', headers: { cookie, ...SAME, ...headers } }),
    )
    return outcome.ok ? outcome.identity : outcome.code
  }
  const value = readable.split(';')[0]!.split('=')[1]!
  expect(await post({ 'x-csrf-token': value })).toBe('ada')
  for (const wrong of ['', 'x', `${value}x`, value.slice(1), 'é'.repeat(22)])
    expect(await post({ 'x-csrf-token': wrong })).toBe('csrf_token_invalid')
  expect(await post({})).toBe('csrf_token_invalid')
  expect(await post({ 'x-csrf-token': value, 'sec-fetch-site': 'cross-site' })).toBe('csrf_refused')
  expect(await auth.authenticate(request({ headers: { cookie } }))).toMatchObject({
    identity: 'ada',
  })
  expect(
    await auth.authenticate(
      request({ method: 'POST', headers: { authorization: `Bearer ${first.accessToken}` } }),
    ),
  ).toMatchObject({ identity: 'ada' })

  now += 60_000
  const second = await auth.refresh(first.refreshToken)
  expect(second).toMatchObject({ ok: true, tokens: { csrf: value } })
  expect((await auth.signIn('ada')).csrf).not.toBe(value)
})

test('methods, header, form field and cookie as they are asked for', async () => {
  const auth = createAuth({
    secret,
    dangerouslyInsecureCookies: true,
    csrf: { methods: ['GET', 'POST'], header: 'X-Mine', field: 'csrf_token', cookie: false },
  })
  const token = auth.createAccessToken('ada')
  const { csrf } = (auth.decodeToken(token) as { claims: { csrf: string } }).claims
  const outcomeOf = async (method: string, headers: Record<string, string>, body?: string) => {
    const outcome = await auth.authenticate(
      request({
        method,
        headers: { cookie: `latchkey-access=${token}`, ...SAME, ...headers },
        ...(body !== undefined && { body }),
      }),
    )
    return outcome.ok ? outcome.identity : outcome.code
  }
  expect(await outcomeOf('GET', {})).toBe('csrf_token_invalid')
  expect(await outcomeOf('GET', { 'x-mine': csrf })).toBe('ada')
  expect(await outcomeOf('PUT', {})).toBe('ada')
  expect(await outcomeOf('POST', FORM, `csrf_token=${csrf}`)).toBe('ada')
  expect(await outcomeOf('POST', { ...FORM, 'x-mine': 'wrong' }, `csrf_token=${csrf}`)).toBe(
    'csrf_token_invalid',
  )
  expect(await outcomeOf('POST', FORM, 'csrf_token=wrong')).toBe('csrf_token_invalid')
  expect(await outcomeOf('POST', { 'content-type': 'text/plain' }, csrf)).toBe('csrf_token_invalid')
})

test('a token made before double submit was asked for does not pass', async () => {
  const token = createAuth({ secret }).createAccessToken('ada')
  const auth = createAuth({ secret, csrf: {} })
  const headers = {
    cookie: `__Host-latchkey-access=${token}`,
    ...SAME,
    'x-csrf-token': 'undefined',
  }
  expect(await auth.authenticate(request({ method: 'POST', headers }))).toMatchObject({
    code: 'csrf_token_invalid',
  })
})
