import { expect, test } from 'vitest'
import { handleRoute } from '../../src/http/routes/index.ts'
import { tokenReply } from '../../src/http/replies.ts'
import { settingsOf } from '../../src/core/settings-of-auth.ts'
import { createAuth } from '../../src/http/auth.ts'
import type { SessionAuth } from '../../src/http/auth-types.ts'
import type { Reply } from '../../src/core/errors.ts'
import type { Store } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { COOKIES } from '../../src/protocol.ts'
import { HOUR, MINUTE, SECRET } from '../core/session/setup.ts'

/** A browser with a cookie jar. Tests move the clock themselves. */
function createBrowser(store: Store = memoryStore()) {
  const clock = { now: Date.UTC(2026, 10, 23) }
  const auth = createAuth({
    secret: SECRET,
    store,
    now: () => clock.now,
    dangerouslyInsecureCookies: true,
  })
  const jar = new Map<string, string>()
  const storeCookies = ({ headers }: Reply) => {
    for (const [name, value] of headers) {
      const [, cookie, content, maxAge] = /^([^=]+)=([^;]*);.*Max-Age=(\d+)/.exec(value) ?? []
      if (name !== 'Set-Cookie') continue
      if (maxAge === '0') jar.delete(cookie!)
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
    storeCookies(tokenReply(settingsOf(auth), tokens, 'cookie'))
    return tokens
  }
  const isSignedIn = async () =>
    (await auth.authenticate({ ...send('GET', '/nothing').view } as never)).ok
  return { auth, clock, jar, storeCookies, send, signIn, isSignedIn }
}

const clearsCookies = ({ headers }: Reply): boolean =>
  headers.some(([name, value]) => name === 'Set-Cookie' && value.includes('Max-Age=0'))
const isRefused = async (auth: SessionAuth, token: string): Promise<boolean> =>
  !(await auth.refresh(token)).ok

test('a refresh reply that arrives after the sign-out: its cookies are refused', async () => {
  const { auth, clock, jar, storeCookies, send, signIn, isSignedIn } = createBrowser()
  const { refreshToken, sessionId } = await signIn()
  clock.now += HOUR
  const delayedReply = await send('POST', '/refresh', 'A'.repeat(22)).reply
  storeCookies(await send('POST', '/logout').reply)
  expect(jar.size).toBe(0)
  storeCookies(delayedReply)
  expect(jar.get(COOKIES.refresh)).not.toBe(refreshToken)
  expect(await isSignedIn()).toBe(false)
  expect(await isRefused(auth, jar.get(COOKIES.refresh)!)).toBe(true)
  expect(await auth.explain(sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
  // The next refresh clears the cookies again.
  storeCookies(await send('POST', '/refresh').reply)
  expect(jar.size).toBe(0)
})

test('concurrent refreshes: all return tokens, and none clears the cookies', async () => {
  const { clock, send, signIn, jar, storeCookies, isSignedIn } = createBrowser()
  await signIn()
  clock.now += HOUR
  const replies = await Promise.all(
    ['A', 'B', 'C', 'D'].map(async (letter) => send('POST', '/refresh', letter.repeat(22)).reply),
  )
  for (const reply of replies) {
    expect([reply.status, clearsCookies(reply)]).toEqual([200, false])
    storeCookies(reply)
  }
  expect(jar.size).toBe(3)
  expect(await isSignedIn()).toBe(true)
})

test.each([['read'], ['rotate']] as Array<[keyof Store]>)(
  'refresh, the store fails to %s: 503, and the cookies stay until the session has ended',
  async (method) => {
    const store = memoryStore()
    let down = false
    const failing = {
      ...store,
      [method]: (...values: never[]) => {
        if (down) throw new Error('the store is down')
        return (store[method] as (...values: never[]) => unknown)(...values)
      },
    }
    const { clock, send, signIn, jar, auth } = createBrowser(failing)
    const { sessionId } = await signIn()
    clock.now += HOUR
    down = true
    const failed = await send('POST', '/refresh', 'A'.repeat(22)).reply
    expect([
      failed.status,
      clearsCookies(failed),
      failed.headers.some(([name]) => name === 'Retry-After'),
    ]).toEqual([503, false, true])
    expect(jar.size).toBe(3)
    down = false
    await auth.signOut(sessionId)
    const ended = await send('POST', '/refresh', 'A'.repeat(22)).reply
    expect([ended.status, clearsCookies(ended)]).toEqual([401, true])
  },
)

test('every reply that sets a cookie or carries a token has no-store', async () => {
  const { auth, clock, send, signIn } = createBrowser()
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

test('cookies take at most 2 KB together; larger claims throw at sign-in', async () => {
  const { auth, clock } = createBrowser()
  const profile = (bytes: number) => ({
    profile: { groups: Array.from({ length: bytes / 8 }, () => 'group') },
  })
  const fits = await auth.signIn('ada', { claims: profile(640) })
  const cookieBytes = ({ headers }: Reply) =>
    headers.reduce(
      (sum, [name, value]) => sum + (name === 'Set-Cookie' ? value.split(';')[0]!.length : 0),
      0,
    )
  expect(cookieBytes(tokenReply(settingsOf(auth), fits, 'cookie'))).toBeLessThan(2048)
  clock.now += HOUR
  const refreshed = await auth.refresh(fits.refreshToken)
  expect(
    refreshed.ok && cookieBytes(tokenReply(settingsOf(auth), refreshed.tokens, 'cookie')),
  ).toBeLessThan(2048)
  const large = await auth.signIn('ada', { claims: profile(4000) })
  expect(() => tokenReply(settingsOf(auth), large, 'cookie')).toThrow(
    /^the cookies would take \d+ bytes of at most 2048: give the session fewer claims/,
  )
  expect(() => tokenReply(settingsOf(auth), large, 'header')).not.toThrow()
})
