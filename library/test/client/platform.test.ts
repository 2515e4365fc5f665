/** Header mode outside a page: what a runtime lacks can be passed, or is named. */
import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/header.ts'
import * as cookie from '../../src/client/index.ts'
import { Site } from './site.ts'

afterEach(() => vi.unstubAllGlobals())

async function setUp() {
  const site = await new Site().listen()
  return { site, origin: site.origin, url: `${site.origin}/orders` }
}

/** A storage of texts, as AsyncStorage of React Native. */
function asyncStorage() {
  const texts = new Map<string, string>()
  return {
    texts,
    getItem: async (name: string) => texts.get(name) ?? null,
    setItem: async (name: string, value: string) => void texts.set(name, value),
  }
}

test('storage: another client of the same storage goes on with the session', async () => {
  const { site, origin, url } = await setUp()
  const storage = asyncStorage()
  const first = createClient({ origin, storage })
  await first.signIn({ name: 'ann' })
  const second = createClient({ origin, storage })
  expect(await second.ready).toMatchObject({ status: 'signed-in', generation: 0 })
  site.expireAll()
  const responses = await Promise.all([second.fetch(url), first.fetch(url), second.fetch(url)])
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
  expect([site.refreshes, site.reuses]).toEqual([1, 0])
  await second.signOut()
  expect(storage.texts.get('latchkey')).not.toContain('access')
  for (const client of [first, second]) client.dispose()
  site.close()
})

test('storage: a text that cannot be read counts as none', async () => {
  const { site, origin } = await setUp()
  const storage = asyncStorage()
  storage.texts.set('latchkey', '{"sessionId":')
  const client = createClient({ origin, storage })
  expect((await client.ready).status).toBe('signed-out')
  expect(await client.signIn({ name: 'ann' })).toMatchObject({ ok: true })
  client.dispose()
  site.close()
})

test.for([cookie.createClient, createClient])(
  'without a page, a client does not sign in unless its storage is named',
  async (create) => {
    const { site, origin } = await setUp()
    const client = create({ origin })
    await expect(client.signIn({ name: 'ann' })).rejects.toThrow(
      "'signIn' is not available on a server without `storage`",
    )
    expect((await site.auth.sessions('ann')).sessions.length).toBe(0)
    site.close()
  },
)

test('without a page, with memory: signs in, and renews after a failure', async () => {
  const { site, origin, url } = await setUp()
  const client = createClient({ origin, storage: 'memory' })
  await client.signIn({ name: 'ann' })
  let failures = 1
  site.onRefresh = async (next) => (failures-- > 0 ? { status: 500, body: '' } : next())
  await client.renew()
  expect((await client.fetch(url)).status).toBe(200)
  expect(site.refreshes).toBe(2)
  client.dispose()
  site.close()
})

test('fetch and crypto: what is passed is used', async () => {
  const { site, origin, url } = await setUp()
  const calls: string[] = []
  const client = createClient({
    origin,
    storage: 'memory',
    fetch(this: unknown, input, init) {
      // The fetch of a browser refuses another `this`.
      expect(this).toBeUndefined()
      calls.push(new URL(input as string).pathname)
      return fetch(input, init)
    },
    crypto: { getRandomValues: (bytes) => bytes.fill(7) },
  })
  await client.signIn({ name: 'ann' })
  await client.renew()
  await client.fetch(url)
  expect(calls).toEqual(['/login', '/refresh', '/orders'])
  expect(site.attempts).toEqual(['BwcHBwcHBwcHBwcHBwcHBw'])
  client.dispose()
  site.close()
})

test('crypto: a runtime without random numbers is told so by the renewal', async () => {
  const { site, origin } = await setUp()
  const client = createClient({ origin, storage: 'memory' })
  await client.signIn({ name: 'ann' })
  vi.stubGlobal('crypto', undefined)
  const refused = { name: 'Refused', code: 'crypto_missing' }
  await expect(client.renew()).rejects.toMatchObject(refused)
  await expect(client.renew()).rejects.toThrow('getRandomValues')
  vi.unstubAllGlobals()
  await client.renew()
  client.dispose()
  site.close()
})

test.for([
  [{ storage: {} }, "'storage' is not a storage"],
  [{ storage: { getItem: () => null } }, "'storage' is not a storage"],
  [{ fetch: 'fetch' }, "'fetch' is not a function"],
  [{ crypto: {} }, "'crypto' is not a source"],
  [{ stroage: 'memory' }, "'stroage' is not an option"],
])('options: %j throws a TypeError', ([options, message]) => {
  expect(() => createClient(options as never)).toThrow(TypeError(message as string))
})

test('headers: a valid token for own origins, and nothing for others', async () => {
  const { site, origin, url } = await setUp()
  const client = createClient({ origin, storage: 'memory' })
  expect(await client.headers()).toEqual({})
  await client.signIn({ name: 'ann' })
  expect(await client.headers('https://elsewhere.example/x')).toEqual({})
  expect(await client.headers(url)).toEqual(await client.headers())
  const { status } = await fetch(url, { headers: await client.headers() })
  expect(status).toBe(200)
  vi.useFakeTimers({ toFake: ['performance'], now: performance.now() })
  vi.advanceTimersByTime(299_000)
  await client.headers()
  vi.useRealTimers()
  expect(site.refreshes).toBe(1)
  client.dispose()
  site.close()
})
