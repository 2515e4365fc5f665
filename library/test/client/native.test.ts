/** The entry for React Native in a realm that has no more than React Native has. */
import { createContext, runInContext, type Context } from 'node:vm'
import { rolldown } from 'rolldown'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type * as native from '../../src/client/native.ts'
import { Site } from './site.ts'

let code = ''
let site: Site
beforeAll(async () => {
  const bundle = await rolldown({
    input: new URL('../../src/client/native.ts', import.meta.url).pathname,
    tsconfig: false,
  })
  const { output } = await bundle.generate({ format: 'iife', name: 'latchkey' })
  code = output[0].code
  await bundle.close()
})
beforeEach(async () => void (site = await new Site().listen()))
afterEach(() => site.close())

/** Without `reason` and without static functions. */
class NativeAbortController {
  readonly #target = new EventTarget()
  readonly signal = Object.assign(this.#target, { aborted: false })

  abort(): void {
    this.signal.aborted = true
    this.#target.dispatchEvent(new Event('abort'))
  }
}

/** As in React Native: no document, locks, channel, database or `location`. */
function realm(): Context {
  const globals: Record<string, unknown> = {
    AbortController: NativeAbortController,
    btoa,
    clearTimeout,
    console,
    crypto,
    fetch: (url: string, { signal, ...init }: RequestInit) =>
      Promise.race([
        fetch(url, init),
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(Error('aborted'))),
        ),
      ]),
    Headers,
    performance,
    setTimeout,
    URL,
  }
  globals.window = globals
  return createContext(globals)
}

/** A keychain that refuses long texts, as that of iOS did. */
class Keychain {
  readonly texts = new Map<string, string>()

  getItemAsync = async (key: string): Promise<string | null> => this.texts.get(key) ?? null

  setItemAsync = async (key: string, value: string): Promise<void> => {
    if (!/^[\w.-]+$/.test(key)) throw new Error('Invalid key')
    if (Buffer.byteLength(value) > 2048) throw new Error('Value too long')
    this.texts.set(key, value)
  }
}

/** `AppState`, with a switch. */
class FakeAppState {
  currentState: string | null = 'active'
  listeners = new Set<() => void>()

  addEventListener(_type: 'change', listener: () => void): { remove(): void } {
    this.listeners.add(listener)
    return { remove: () => void this.listeners.delete(listener) }
  }

  set(state: string): void {
    this.currentState = state
    for (const listener of this.listeners) listener()
  }
}

/** Starts the application: each start has a realm of its own. */
function startApplication(keychain: Keychain, appState?: FakeAppState): native.Client {
  const context = realm()
  runInContext(code, context)
  const { createClient, secureStorage } = runInContext('latchkey', context) as typeof native
  return createClient({
    origin: site.origin,
    storage: secureStorage(keychain),
    ...(appState && { appState }),
  })
}

test('signs in, and goes on after the application was started again', async () => {
  const keychain = new Keychain()
  const first = startApplication(keychain)
  expect(await first.signIn({ name: 'ann' })).toMatchObject({ ok: true })
  expect((await first.fetch(`${site.origin}/orders`)).status).toBe(200)
  const second = startApplication(keychain)
  expect(await second.ready).toMatchObject({ status: 'signed-in' })
  expect((await second.fetch(`${site.origin}/orders`)).status).toBe(200)
  expect(site.refreshes).toBe(0)
  await second.signOut()
  expect((await startApplication(keychain).ready).status).toBe('signed-out')
})

test('2 KB: a long access token stays in memory, and is renewed after a start', async () => {
  const keychain = new Keychain()
  const identity = 'a'.repeat(1200)
  const first = startApplication(keychain)
  await first.signIn({ name: identity })
  expect((await first.fetch(`${site.origin}/orders`)).status).toBe(200)
  expect(site.refreshes).toBe(0)
  const second = startApplication(keychain)
  const responses = await Promise.all([1, 2, 3].map(() => second.fetch(`${site.origin}/orders`)))
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
  expect([site.refreshes, site.reuses]).toEqual([1, 0])
})

test('2 KB: twenty sign-outs without a network, and a session after them', async () => {
  const keychain = new Keychain()
  const client = startApplication(keychain)
  site.onSignOut = () => 'lost'
  for (let count = 0; count < 20; count++) {
    await client.signIn({ name: 'ann' })
    await client.signOut()
  }
  site.onSignOut = (next) => next()
  site.onRefresh = (next) => (site.refreshes === 1 ? 'lost' : next())
  await client.signIn({ name: 'ann' })
  await client.renew()
  expect((await startApplication(keychain).fetch(`${site.origin}/orders`)).status).toBe(200)
  expect(site.reuses).toBe(0)
})

test('a renewal whose response is lost when the application is closed is repeated', async () => {
  const keychain = new Keychain()
  const first = startApplication(keychain)
  await first.signIn({ name: 'ann' })
  site.onRefresh = async (next) => {
    await next()
    return 'lost' as const
  }
  first.renew().catch(() => {})
  await expect.poll(() => site.refreshes).toBe(1)
  site.onRefresh = (next) => next()
  site.expireAll()
  const second = startApplication(keychain)
  await second.renew()
  expect(new Set(site.attempts).size).toBe(1)
  expect([site.reuses, second.state.status]).toEqual([0, 'signed-in'])
})

test('appState: the application finds out what it missed when it is active again', async () => {
  const keychain = new Keychain()
  const appState = new FakeAppState()
  const client = startApplication(keychain, appState)
  await client.signIn({ name: 'ann' })
  site.onSignOut = () => 'lost'
  await client.signOut()
  site.onSignOut = (next) => next()
  appState.set('background')
  expect(site.signOuts).toBe(0)
  appState.set('active')
  await expect.poll(() => site.signOuts).toBe(1)
  client.dispose()
  expect(appState.listeners.size).toBe(0)
})

afterAll(() => expect(code).not.toContain('indexedDB'))

test.for([
  [{}, "'undefined' is not an exact origin"],
  [{ origin: 'https://a.example' }, "'storage' is not given"],
  [{ origin: 'https://a.example', storage: 'memory', appState: {} }, "'appState' is not the App"],
])('options: %j throws a TypeError', ([options, message]) => {
  const context = realm()
  runInContext(code, context)
  const { createClient } = runInContext('latchkey', context) as typeof native
  expect(() => createClient(options as never)).toThrow(message)
})
