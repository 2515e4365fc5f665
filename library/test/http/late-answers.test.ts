import { expect, test } from 'vitest'
import { handleRoute } from '../../src/http/routes/index.ts'
import { tokenReply } from '../../src/http/replies.ts'
import { settingsOf } from '../../src/core/settings-of.ts'
import { createAuth } from '../../src/http/auth.ts'
import type { SessionAuth } from '../../src/http/auth-types.ts'
import type { Reply } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { COOKIES } from '../../src/protocol.ts'
import { HOUR, MINUTE, SECRET } from '../core/session/setup.ts'

/** A browser's cookies, and its requests; the clock stands until the test moves it. */
function browser(store: Store = memoryStore()) {
  const clock = { now: Date.UTC(2026, 10, 23) }
  const auth = createAuth({
    secret: SECRET,
    store,
    now: () => clock.now,
    dangerouslyInsecureCookies: true,
  })
  const jar = new Map<string, string>()
  const take = ({ headers }: Reply) => {
    for (const [name, value] of headers) {
      const [, cookie, content, life] = /^([^=]+)=([^;]*);.*Max-Age=(\d+)/.exec(value) ?? []
      if (name !== 'Set-Cookie') continue
      if (life === '0') jar.delete(cookie!)
      else jar.set(cookie!, content!)
    }
  }
  const send = (method: string, path: string, attempt?: string) => {
    const headers: Record<string, string> = {
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      'sec-fetch-site': 'same-origin',
      ...(attempt !== undefined && { 'refresh-attempt': attempt }),
    }
    const view = {
      method,
      path,
      header: (name: string) => headers[name],
      query: () => undefined,
      body: () => ({ ok: true as const, value: {} }),
      address: undefined,
    }
    return { view, reply: handleRoute(auth, view as never)! }
  }
  const signIn = async () => {
    const tokens = await auth.signIn('ada')
    take(tokenReply(settingsOf(auth), tokens, 'cookie'))
    return tokens
  }
  const isIn = async () =>
    (await auth.authenticate({ ...send('GET', '/nothing').view } as never)).ok
  return { auth, clock, jar, take, send, signIn, isIn }
}

const clears = ({ headers }: Reply): boolean =>
  headers.some(([name, value]) => name === 'Set-Cookie' && value.includes('Max-Age=0'))
const isClosed = async (auth: SessionAuth, token: string): Promise<boolean> =>
  !(await auth.refresh(token)).ok

test('a refresh whose answer comes after the sign-out brings nothing back: not the row, and no cookie that opens anything', async () => {
  const { auth, clock, jar, take, send, signIn, isIn } = browser()
  const { refreshToken, sessionId } = await signIn()
  clock.now += HOUR
  const late = await send('POST', '/refresh', 'A'.repeat(22)).reply
  take(await send('POST', '/logout').reply)
  expect(jar.size).toBe(0)
  take(late)
  expect(jar.get(COOKIES.refresh)).not.toBe(refreshToken)
  expect(await isIn()).toBe(false)
  expect(await isClosed(auth, jar.get(COOKIES.refresh)!)).toBe(true)
  expect(await auth.explain(sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
  // Its next refresh takes the cookies away again.
  take(await send('POST', '/refresh').reply)
  expect(jar.size).toBe(0)
})

test('of two refreshes that cross, the one that loses clears nothing, whatever it lost to', async () => {
  const { clock, send, signIn, jar, take, isIn } = browser()
  await signIn()
  clock.now += HOUR
  const replies = await Promise.all(
    ['A', 'B', 'C', 'D'].map(async (letter) => send('POST', '/refresh', letter.repeat(22)).reply),
  )
  for (const reply of replies) {
    expect([reply.status, clears(reply)]).toEqual([200, false])
    take(reply)
  }
  expect(jar.size).toBe(3)
  expect(await isIn()).toBe(true)
})

test.each([['read'], ['rotate']] as Array<[keyof Store]>)(
  'a store that fails to %s: 503, and every cookie stays; only a definitive end clears them',
  async (verb) => {
    const store = memoryStore()
    let down = false
    const failing = {
      ...store,
      [verb]: (...values: never[]) => {
        if (down) throw new Error('the store is down')
        return (store[verb] as (...values: never[]) => unknown)(...values)
      },
    }
    const { clock, send, signIn, jar, auth } = browser(failing)
    const { sessionId } = await signIn()
    clock.now += HOUR
    down = true
    const failed = await send('POST', '/refresh', 'A'.repeat(22)).reply
    expect([
      failed.status,
      clears(failed),
      failed.headers.some(([name]) => name === 'Retry-After'),
    ]).toEqual([503, false, true])
    expect(jar.size).toBe(3)
    down = false
    await auth.signOut(sessionId)
    const over = await send('POST', '/refresh', 'A'.repeat(22)).reply
    expect([over.status, clears(over)]).toEqual([401, true])
  },
)

test('every answer that sets a cookie may be stored by nobody', async () => {
  const { auth, clock, send, signIn } = browser()
  const replies = [
    tokenReply(settingsOf(auth), await auth.signIn('ada'), 'cookie'),
    tokenReply(settingsOf(auth), await auth.signIn('ada'), 'header'),
  ]
  await signIn()
  clock.now += MINUTE
  replies.push(
    await send('POST', '/refresh', 'A'.repeat(22)).reply,
    await send('POST', '/refresh', 'A'.repeat(22)).reply,
    await send('POST', '/ticket').reply,
  )
  replies.push(
    await send('POST', '/logout').reply,
    await send('POST', '/refresh').reply,
    await send('GET', '/sessions').reply,
  )
  for (const { headers } of replies) expect(headers).toContainEqual(['Cache-Control', 'no-store'])
})

test('cookies stay below 2 KB together; claims that would make them larger are refused at sign-in, by name', async () => {
  const { auth, clock } = browser()
  const profile = (bytes: number) => ({
    profile: { groups: Array.from({ length: bytes / 8 }, () => 'group') },
  })
  const fits = await auth.signIn('ada', { claims: profile(640) })
  const bytes = ({ headers }: Reply) =>
    headers.reduce(
      (sum, [name, value]) => sum + (name === 'Set-Cookie' ? value.split(';')[0]!.length : 0),
      0,
    )
  expect(bytes(tokenReply(settingsOf(auth), fits, 'cookie'))).toBeLessThan(2048)
  clock.now += HOUR
  const refreshed = await auth.refresh(fits.refreshToken)
  expect(
    refreshed.ok && bytes(tokenReply(settingsOf(auth), refreshed.tokens, 'cookie')),
  ).toBeLessThan(2048)
  const large = await auth.signIn('ada', { claims: profile(4000) })
  expect(() => tokenReply(settingsOf(auth), large, 'cookie')).toThrow(
    /^the cookies would take \d+ bytes of at most 2048: give the session fewer claims/,
  )
  expect(() => tokenReply(settingsOf(auth), large, 'header')).not.toThrow()
})
