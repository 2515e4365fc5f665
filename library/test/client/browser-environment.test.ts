import {
  describeInBrowser,
  eventsOf,
  fetchAtOnce,
  gate,
  MODES,
  sleep,
  stateOf,
  type Page,
} from './browser.ts'
import { Site } from './site.ts'

describeInBrowser('unusual browsers', (test) => {
  for (const mode of MODES) {
    test(`${mode} mode: without Web Locks, IndexedDB and channels it works from memory`, async ({
      expect,
      site,
      open,
    }) => {
      const tab = await open({ mode }, () => {
        for (const name of ['indexedDB', 'BroadcastChannel']) {
          Object.defineProperty(globalThis, name, {
            get: () => {
              throw new DOMException('blocked', 'SecurityError')
            },
          })
        }
        Object.defineProperty(navigator, 'locks', { value: undefined })
      })
      await tab.evaluate(() => client.signIn({ name: 'ann' }))
      for (let expiry = 1; expiry <= 2; expiry++) {
        site.expireAll()
        expect(new Set(await fetchAtOnce([tab], 20))).toEqual(new Set([200]))
        expect(site.refreshes).toBe(expiry)
      }
      await tab.evaluate(() => client.signOut())
      expect((await stateOf(tab)).status).toBe('signed-out')
      expect(site.signOuts).toBe(1)
    })
  }

  test('cookie mode: a browser whose cookies were deleted is signed out', async ({
    expect,
    site,
    context,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    await context.clearCookies()
    await other.evaluate(() => void dispatchEvent(new Event('focus')))
    expect(await fetchAtOnce([tab], 1)).toEqual([401])
    for (const page of [tab, other])
      expect(await stateOf(page)).toMatchObject({ status: 'signed-out', reason: 'token_missing' })
    expect(site.refreshes).toBe(0)
  })

  test('cookies that return after their session ended are cleared', async ({
    expect,
    site,
    context,
    open,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    const cookies = await context.cookies()
    await tab.evaluate(() => client.signOut())
    await context.addCookies(cookies)
    const newTab = await open()
    for (const page of [tab, newTab]) expect(await fetchAtOnce([page], 1)).toEqual([401])
    expect((await eventsOf(newTab)).at(-1)).toBe('signed-out')
    await expect.poll(async () => (await context.cookies()).length).toBe(0)
    expect(site.signOuts).toBe(2)
  })

  test('cookie mode: without a visible session cookie, tabs share refreshes and sign-out', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const other = await new Site().listen()
    other.trustedOrigins = [site.origin]
    const [first, second] = await openSignedIn(2, { origin: other.origin })
    expect((await stateOf(second)).status).toBe('signed-in')
    // The first tab had asked whether the cookies hold a session.
    expect(other.refreshes).toBe(1)
    other.expireAll()
    expect(await fetchAtOnce([first, second], 5, `${other.origin}/orders`)).toEqual(
      Array.from({ length: 10 }, () => 200),
    )
    expect([other.refreshes, site.refreshes]).toEqual([2, 0])
    other.expireAll()
    const slow = gate()
    other.onRefresh = async (next) => {
      const response = await next()
      await slow.opened
      return response
    }
    const waiting = fetchAtOnce([first], 1, `${other.origin}/orders`)
    await expect.poll(() => other.refreshes).toBe(3)
    await second.evaluate(() => client.signOut())
    expect(await waiting).toEqual(['SignedOut'])
    // The aborted refresh may have left cookies, which this page cannot see: so it signs out once
    // more.
    await expect.poll(() => other.signOuts).toBe(2)
    expect(await fetchAtOnce([first, second], 1, `${other.origin}/orders`)).toEqual([401, 401])
    slow.open()
    other.close()
  })

  test('a wall clock that is wrong causes at most one refresh, as does each jump forward', async ({
    expect,
    site,
    open,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    for (const days of [1 / 144, -1 / 144, 1, -1, 3650, -3650]) {
      await tab.evaluate((days) => {
        const { now } = Date
        Date.now = () => now() + days * 864e5
      }, days)
      expect(new Set(await fetchAtOnceNow(tab, 20))).toEqual(new Set([200]))
    }
    // The machine may have slept for that time.
    expect(site.refreshes).toBe(3)
    const wrong = await open({}, () => {
      const { now } = Date
      Date.now = () => now() + 864e5
    })
    for (const page of [wrong, tab, wrong])
      expect(new Set(await fetchAtOnceNow(page, 20))).toEqual(new Set([200]))
    expect(site.refreshes).toBe(4)
  })

  for (const mode of MODES) {
    test(`${mode} mode: after a sleep, expired tokens are renewed before any request`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      site.expireAll()
      // The wall clock goes on, the monotonic clock stands still.
      await tab.evaluate(() => {
        const { now } = Date
        Date.now = () => now() + 3_600_000
        dispatchEvent(new Event('focus'))
      })
      await expect.poll(() => site.refreshes).toBe(1)
      await expect.poll(() => eventsOf(tab)).toContain('renewed')
      expect(await fetchAtOnce([tab], 2)).toEqual([200, 200])
      expect(site.seen.map(({ status }) => status)).toEqual([200, 200])
    })
  }

  test('a page restored from the history notices a sign-out that it missed', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab, other] = await openSignedIn(2)
    await tab.evaluate(() =>
      addEventListener('pageshow', ({ persisted }) => Object.assign(globalThis, { persisted })),
    )
    await tab.goto(`${site.origin}/public`)
    await other.evaluate(() => fetch('/logout', { method: 'POST' }))
    await tab.goBack({ waitUntil: 'commit' })
    expect(await tab.evaluate(() => (globalThis as { persisted?: boolean }).persisted)).toBe(true)
    await expect
      .poll(() => stateOf(tab))
      .toMatchObject({ status: 'signed-out', reason: 'token_missing' })
  })

  test('a session that began and ended without the client is followed through its cookie', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    const [tab] = await openSignedIn(1)
    await tab.evaluate(() =>
      fetch('/login', {
        method: 'POST',
        body: new URLSearchParams({ name: 'bob', mode: 'cookie' }),
      }),
    )
    site.expireAll()
    // These requests were made under the session of ann.
    expect(await fetchAtOnce([tab], 2)).toEqual(['Replaced', 'Replaced'])
    expect(site.seen).toEqual([])
    expect(await fetchAtOnce([tab], 2)).toEqual([200, 200])
    expect((await eventsOf(tab)).slice(2)).toEqual(['replaced', 'renewed'])
    expect(site.seen.map(({ identity }) => identity)).not.toContain('ann')
    await tab.evaluate(() => fetch('/logout', { method: 'POST' }))
    expect(await fetchAtOnce([tab], 1)).toEqual([401])
    expect((await stateOf(tab)).status).toBe('signed-out')
  })

  for (const mode of MODES) {
    test(`${mode} mode: storage that becomes full or fails signs nobody out`, async ({
      expect,
      site,
      openSignedIn,
    }) => {
      const [tab] = await openSignedIn(1, { mode })
      await tab.evaluate(() => {
        const { put } = IDBObjectStore.prototype
        const fail = (): never => {
          throw new DOMException('full', 'QuotaExceededError')
        }
        Object.assign(globalThis, {
          repair: () => Object.assign(IDBObjectStore.prototype, { put }),
        })
        IDBObjectStore.prototype.put = fail
      })
      site.expireAll()
      // Tokens in cookies need no storage. In header mode no refresh is sent whose result cannot be
      // stored.
      expect(await fetchAtOnce([tab], 2)).toEqual(
        mode === 'cookie' ? [200, 200] : ['Unreachable', 'Unreachable'],
      )
      expect((await stateOf(tab)).status).toBe('signed-in')
      expect(site.refreshes).toBe(mode === 'cookie' ? 1 : 0)
      await tab.evaluate(
        () => (
          (globalThis as unknown as { repair(): void }).repair(),
          dispatchEvent(new Event('online'))
        ),
      )
      await expect.poll(() => fetchAtOnce([tab], 1)).toEqual([200])
    })
  }

  test('a service worker that responds to refreshes itself, or fails, signs nobody out', async ({
    expect,
    site,
    openSignedIn,
  }) => {
    site.worker = `
      let behavior = 'stale'
      addEventListener('install', () => skipWaiting())
      addEventListener('activate', (event) => event.waitUntil(clients.claim()))
      addEventListener('message', ({ data }) => { behavior = data })
      addEventListener('fetch', (event) => {
        if (!event.request.url.endsWith('/refresh') || behavior === 'none') return
        event.respondWith(
          behavior === 'stale' ? new Response('<title>cached</title>') : Response.error()
        )
      })`
    const [tab] = await openSignedIn(1)
    const register = async (): Promise<void> => {
      await navigator.serviceWorker.register('/worker.js')
      while (!navigator.serviceWorker.controller)
        await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await tab.evaluate(register)
    for (const behavior of ['stale', 'error']) {
      site.expireAll()
      await tab.evaluate(
        (behavior) => navigator.serviceWorker.controller?.postMessage(behavior),
        behavior,
      )
      expect(await tab.evaluate(() => client.renew().catch((error: Error) => error.name))).toBe(
        'Unreachable',
      )
      expect((await stateOf(tab)).status).toBe('signed-in')
    }
    expect(site.refreshes).toBe(0)
    await tab.evaluate(() => navigator.serviceWorker.controller?.postMessage('none'))
    await expect
      .poll(() =>
        tab.evaluate(() =>
          client.renew().then(
            () => 'renewed',
            (error: Error) => error.name,
          ),
        ),
      )
      .toBe('renewed')
    expect(await fetchAtOnce([tab], 1)).toEqual([200])
  })

  test.concurrent(
    'an invalid lifetime in a response causes no series of refreshes',
    async ({ expect, site, open }) => {
      const invalid = {
        missing: undefined,
        negative: -5,
        zero: 0,
        huge: 1e15,
        text: '300',
        tiny: 0.2,
        none: null,
      }
      const lifetimes: Record<string, unknown> = invalid
      site.claimedLifetime = (identity) => lifetimes[identity]
      const tab = await open()
      const start = Date.now()
      const generations = await tab.evaluate(async (names) => {
        const clients = names.map((name) =>
          latchkey.header.createClient({ name: `lifetime-${name}` }),
        )
        await Promise.all(
          clients.map((client, index) => client.signIn({ name: names[index] ?? '' })),
        )
        for (let round = 0; round < 4; round++) {
          await Promise.all(clients.map((client) => client.fetch('/orders')))
          await new Promise((resolve) => setTimeout(resolve, 600))
        }
        clients.forEach((client) => client.dispose())
        return clients.map((client) => client.state.generation)
      }, Object.keys(lifetimes))
      expect(generations).toEqual([0, 0, 0, 0, 0, 0, 0])
      expect(site.seen.every(({ status }) => status === 200)).toBe(true)
      expect(site.refreshes).toBeLessThanOrEqual((Date.now() - start) / 1000)
    },
  )

  test.concurrent(
    'a hidden tab sets no timer, and renews when it becomes visible',
    async ({ expect, site, openSignedIn }) => {
      // Renewed after 3 s: a busy machine has that long to hide the tab.
      site.lifetime = 4
      const [tab] = await openSignedIn(1)
      const show = (state: string) =>
        tab.evaluate((state) => {
          Object.defineProperty(document, 'hidden', {
            configurable: true,
            get: () => state === 'hidden',
          })
          document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
        }, state)
      await show('hidden')
      await sleep(4200)
      expect(site.refreshes).toBe(0)
      await show('visible')
      await expect.poll(() => site.refreshes).toBe(1)
    },
  )
})

/** Sends requests at once, for pages whose clock is wrong. Returns the status of each. */
async function fetchAtOnceNow(tab: Page, requests: number): Promise<number[]> {
  return tab.evaluate(async (requests) => {
    const responses = await Promise.all(
      Array.from({ length: requests }, () => client.fetch('/orders')),
    )
    return responses.map(({ status }) => status)
  }, requests)
}
