import { expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { settingsOf } from '../../src/core/settings-of-auth.ts'
import { memoryStore } from 'latchkey/stores/memory'
import { tokenReply } from '../../src/http/replies.ts'
import { request } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' }

test('double submit with a session: unsafe methods need the CSRF value', async () => {
  let now = 1_800_000_000_000
  const auth = createAuth({ secret, store: memoryStore(), csrf: {}, now: () => now })
  const first = await auth.signIn('ada')
  const setCookies = (tokens: typeof first) =>
    tokenReply(settingsOf(auth), tokens, 'cookie')
      .headers.filter(([name]) => name === 'Set-Cookie')
      .map(([, value]) => value)
  expect(setCookies(first).map((value) => value.split('=')[0])).toEqual([
    '__Host-latchkey-access',
    '__Host-latchkey-csrf',
    '__Host-latchkey-refresh',
    '__Host-latchkey-session',
  ])
  const csrfCookie = setCookies(first).find((value) => value.includes('-csrf='))!
  expect(csrfCookie).not.toContain('HttpOnly')
  const cookie = setCookies(first)
    .map((value) => value.split(';')[0])
    .join('; ')
  const post = async (headers: Record<string, string>) => {
    const result = await auth.authenticate(
      request({ method: 'POST', headers: { cookie, ...SAME_ORIGIN, ...headers } }),
    )
    return result.ok ? result.identity : result.code
  }
  const csrf = csrfCookie.split(';')[0]!.split('=')[1]!
  expect(await post({ 'x-csrf-token': csrf })).toBe('ada')
  for (const wrong of ['', 'x', `${csrf}x`, csrf.slice(1), 'é'.repeat(22)])
    expect(await post({ 'x-csrf-token': wrong })).toBe('csrf_token_invalid')
  expect(await post({})).toBe('csrf_token_invalid')
  expect(await post({ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' })).toBe('csrf_refused')
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
  expect(second).toMatchObject({ ok: true, tokens: { csrf } })
  expect((await auth.signIn('ada')).csrf).not.toBe(csrf)
})

test('double submit without a store: methods, header, field and cookie apply', async () => {
  const auth = createAuth({
    secret,
    dangerouslyInsecureCookies: true,
    csrf: { methods: ['GET', 'POST'], header: 'X-Mine', field: 'csrf_token', cookie: false },
  })
  const token = auth.createAccessToken('ada')
  const { csrf } = (auth.decodeToken(token) as { claims: { csrf: string } }).claims
  const authenticate = async (method: string, headers: Record<string, string>, body?: string) => {
    const result = await auth.authenticate(
      request({
        method,
        headers: { cookie: `latchkey-access=${token}`, ...SAME_ORIGIN, ...headers },
        ...(body !== undefined && { body }),
      }),
    )
    return result.ok ? result.identity : result.code
  }
  expect(await authenticate('GET', {})).toBe('csrf_token_invalid')
  expect(await authenticate('GET', { 'x-mine': csrf })).toBe('ada')
  expect(await authenticate('PUT', {})).toBe('ada')
  expect(await authenticate('POST', FORM_BODY, `csrf_token=${csrf}`)).toBe('ada')
  expect(
    await authenticate('POST', { ...FORM_BODY, 'x-mine': 'wrong' }, `csrf_token=${csrf}`),
  ).toBe('csrf_token_invalid')
  expect(await authenticate('POST', FORM_BODY, 'csrf_token=wrong')).toBe('csrf_token_invalid')
  expect(await authenticate('POST', { 'content-type': 'text/plain' }, csrf)).toBe(
    'media_type_unsupported',
  )
})

test('double submit: a token without the claim csrf is refused', async () => {
  const token = createAuth({ secret }).createAccessToken('ada')
  const auth = createAuth({ secret, csrf: {} })
  const headers = {
    cookie: `__Host-latchkey-access=${token}`,
    ...SAME_ORIGIN,
    'x-csrf-token': 'undefined',
  }
  expect(await auth.authenticate(request({ method: 'POST', headers }))).toMatchObject({
    code: 'csrf_token_invalid',
  })
})
