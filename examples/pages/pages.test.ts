import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import type { Client } from 'latchkey/client'
import type { sessionError } from 'latchkey/client/query'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { close, CHROMIUM, launchBrowser, listen } from '../testing.ts'
import type { Order } from './api.ts'
import { visit } from './visit.ts'

declare global {
  /** In the page: what its module exports. */
  var site: {
    client: Client
    root: Element
    sessionError: typeof sessionError
    mount(root: Element, ids?: number[]): () => void
    order(id: number, signal?: AbortSignal): Promise<Order>
    upload(file: Blob, progress: (share: number) => void): Promise<number>
    queryClient: { refetchQueries(): Promise<void>; getQueryCache(): { getAll(): unknown[] } }
  }
  var listening: number
  var listened: number
  var outcomes: Promise<Array<Order | string>>
  var controller: AbortController
}

const FRAMEWORKS = ['react', 'vue', 'svelte', 'solid'] as const
const LIBRARIES = [
  'axios/page',
  'axios/xhr',
  'ky/page',
  'openapi-fetch/page',
  'urql/page',
  'apollo/page',
  'trpc/page',
] as const
/** axios takes `fetch` since version 1.7. */
const TESTED = LIBRARIES.filter(
  (library) => process.env['PACKAGES'] === undefined || library !== 'axios/page',
)

const SOON = { timeout: 10_000 }

const signIn = (page: Page) =>
  page.evaluate(() => site.client.signIn({ username: 'ada', password: 'correct horse' }))
/** Fetches `count` orders at once. A result is the data, or the name of the error. */
const ordersOf = (page: Page, count: number, from = 0) =>
  page.evaluate(
    ([count, from]) => {
      const orders = Array.from({ length: count! }, (_, index) => site.order(from! + index))
      return Promise.all(
        orders.map((order) =>
          order.catch((error: Error) => site.sessionError(error)?.name ?? error.name),
        ),
      )
    },
    [count, from],
  )
const allOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) =>
    expect.objectContaining({ id: from + index, of: 'ada' }),
  )
const refreshesIn = (paths: string[]) => paths.filter((path) => path === '/refresh').length

describe.skipIf(CHROMIUM === null)('pages of the examples', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-pages-'))
  let browser: Browser
  const files = join(folder, 'browser')
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'build.ts'), folder])
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    rmSync(folder, { recursive: true })
  })

  describe.each(FRAMEWORKS)('%s', (framework) => {
    test('follows the session across tabs, and stops listening when unmounted', async () => {
      await visit(browser, files, async ({ open, pageErrors }) => {
        const [page, other] = [await open(`${framework}/page`), await open('ky/page')]
        await page.evaluate(() => Object.assign(globalThis, { unmount: site.mount(site.root) }))
        await expect.poll(() => page.evaluate(() => listening), SOON).toBe(1)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: 'Sign out' }).waitFor()
        await other.evaluate(() => site.client.signOut())
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in' }).waitFor()
        await page.evaluate('unmount()')
        await expect.poll(() => page.evaluate(() => listening), SOON).toBe(0)
        expect(pageErrors).toEqual([])
      })
    })

    test('hydrates server-rendered markup although the state has changed since', async () => {
      const { head, render } = (await import(
        /* @vite-ignore */ pathToFileURL(join(folder, 'server', framework, 'render.js')).href
      )) as { head?: string; render(): Promise<string> }
      const root = await render()
      expect(root).toContain('One moment')
      expect(root).not.toContain('button')
      await visit(browser, files, async ({ open, pageErrors }) => {
        const page = await open(`${framework}/page`, { root, ...(head && { head }) })
        await signIn(page)
        await page.evaluate(() => site.mount(site.root))
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in' }).waitFor()
        expect(await page.evaluate(() => site.root.textContent.trim())).toBe('Sign in')
        expect(pageErrors).toEqual([])
      })
    })
  })

  test('react in development: StrictMode mounts twice, one listener remains', async () => {
    await visit(
      browser,
      join(folder, 'development'),
      async ({ open, takeRequests, expire, pageErrors }) => {
        const page = await open('react/page')
        await signIn(page)
        await page.evaluate(() => Object.assign(globalThis, { unmount: site.mount(site.root) }))
        await page.getByRole('button', { name: 'Sign out' }).waitFor()
        await expect.poll(() => page.evaluate(() => [listened, listening]), SOON).toEqual([2, 1])
        expire()
        takeRequests()
        expect(await page.evaluate(async () => (await site.client.fetch('/orders/1')).status)).toBe(
          200,
        )
        expect(takeRequests()).toEqual(['/orders/1', '/refresh', '/orders/1'])
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in' }).waitFor()
        await page.evaluate('unmount()')
        await expect.poll(() => page.evaluate(() => listening), SOON).toBe(0)
        expect(pageErrors.filter((text) => !text.includes('React DevTools'))).toEqual([])
      },
    )
  })

  describe.each(TESTED)('%s', (library) => {
    test('twenty calls with an expired token: one refresh, and all succeed', async () => {
      await visit(browser, files, async ({ open, expire, takeRequests, pageErrors }) => {
        const page = await open(library)
        await signIn(page)
        expect(await ordersOf(page, 1)).toEqual(allOf(1))
        expire()
        takeRequests()
        expect(await ordersOf(page, 20, 1)).toEqual(allOf(20, 1))
        expect(refreshesIn(takeRequests())).toBe(1)
        expect(pageErrors).toEqual([])
      })
    })

    test('a session that has ended: the call rejects with SignedOut, without retries', async () => {
      await visit(browser, files, async ({ open, auth, takeRequests }) => {
        const page = await open(library)
        await signIn(page)
        await auth.signOutEverywhere('ada')
        takeRequests()
        expect(await ordersOf(page, 1)).toEqual(['SignedOut'])
        // The request, and the refresh whose response ends the session. Nothing is repeated.
        expect(takeRequests()).toHaveLength(2)
        expect(await page.evaluate(() => site.client.state)).toMatchObject({
          status: 'signed-out',
          reason: 'session_signed_out',
        })
      })
    })

    test('a call aborted during a renewal does not affect the others', async () => {
      await visit(browser, files, async ({ open, expire, takeRequests, hold }) => {
        const page = await open(library)
        await signIn(page)
        expire()
        const release = hold('/refresh')
        await page.evaluate(async () => {
          globalThis.controller = new AbortController()
          const aborted = site.order(1, controller.signal)
          // In a later turn, because tRPC would send both calls as one batch.
          await new Promise((resolve) => setTimeout(resolve))
          const orders = [aborted, site.order(2)]
          globalThis.outcomes = Promise.all(
            orders.map((order) => order.catch((error: Error) => String(error))),
          )
          void aborted.catch(() => (document.title = 'gave up'))
        })
        const seen: string[] = []
        await expect.poll(() => seen.push(...takeRequests()) && refreshesIn(seen), SOON).toBe(1)
        await page.evaluate(() => controller.abort())
        await page.waitForFunction(() => document.title === 'gave up')
        release()
        expect(await page.evaluate(() => outcomes)).toEqual([expect.any(String), ...allOf(1, 2)])
      })
    })

    test('another origin gets no credentials, and its 401 causes no refresh', async () => {
      const seen: IncomingHttpHeaders[] = []
      const other = createServer(({ method, headers }, response) => {
        if (method !== 'OPTIONS') seen.push(headers)
        const cors = {
          'access-control-allow-origin': '*',
          'access-control-allow-headers': '*',
          'access-control-expose-headers': '*',
        }
        response
          .writeHead(method === 'OPTIONS' ? 204 : 401, {
            ...cors,
            'www-authenticate': 'Bearer error="invalid_token"',
          })
          .end()
      })
      const api = await listen(other)
      await visit(browser, files, async ({ open, takeRequests }) => {
        const page = await open(library, { api })
        await signIn(page)
        takeRequests()
        expect(await ordersOf(page, 1)).toEqual([expect.any(String)])
        expect(takeRequests()).toEqual([])
      })
      expect(
        seen.map(({ authorization, cookie, 'latchkey-session': named }) => [
          authorization,
          cookie,
          named,
        ]),
      ).toEqual([[undefined, undefined, undefined]])
      await close(other)
    })
  })

  test('axios/xhr: a repeated upload arrives complete and reports its progress', async () => {
    await visit(browser, files, async ({ open, expire, takeRequests }) => {
      const page = await open('axios/xhr')
      await signIn(page)
      expire()
      takeRequests()
      const [bytes, last] = await page.evaluate(async () => {
        let last = 0
        return [await site.upload(new Blob(['x'.repeat(200_000)]), (share) => (last = share)), last]
      })
      expect([bytes, last]).toEqual([200_000, 1])
      expect(takeRequests()).toEqual(['/files', '/refresh', '/files'])
    })
  })

  test('axios/xhr: a request is refused with the cookies of another session', async () => {
    await visit(browser, files, async ({ open, takeRequests }) => {
      const [page, other] = [await open('axios/xhr'), await open('ky/page')]
      await signIn(page)
      const { sessionId } = await page.evaluate(() => site.client.state)
      const named: unknown[] = []
      page.on(
        'request',
        (request) =>
          new URL(request.url()).pathname.startsWith('/orders/') &&
          named.push(request.headers()['latchkey-session']),
      )
      expect(await ordersOf(page, 1, 1)).toEqual(allOf(1, 1))
      // Signs in in the other tab while the request of this tab is on its way.
      await page.route('**/orders/2', async (route) => {
        await signIn(other)
        await route.continue()
      })
      // Depends on whether this page has learned of the new session by then.
      expect(['AxiosError', 'Replaced']).toContain((await ordersOf(page, 1, 2))[0])
      expect(named).toEqual([sessionId, sessionId])
      expect(takeRequests().filter((path) => path.startsWith('/orders/'))).toEqual([
        '/orders/1',
        '/orders/2',
      ])
    })
  })

  test('axios/xhr: a request is not repeated under another session', async () => {
    await visit(browser, files, async ({ open, takeRequests, hold }) => {
      const [page, other] = [await open('axios/xhr'), await open('ky/page')]
      await signIn(page)
      takeRequests()
      const release = hold('/orders/1')
      const orders = ordersOf(page, 1, 1)
      await expect.poll(() => takeRequests(), SOON).toEqual(['/orders/1'])
      await signIn(other)
      const { sessionId } = await other.evaluate(() => site.client.state)
      await page.waitForFunction(
        (sessionId) => site.client.state.sessionId === sessionId,
        sessionId,
      )
      release()
      expect(await orders).toEqual(['AxiosError'])
      expect(takeRequests()).toEqual(['/login'])
    })
  })

  test('tanstack-query: one refresh; after the session, no retries and no cache', async () => {
    await visit(browser, files, async ({ open, auth, expire, takeRequests, pageErrors }) => {
      const page = await open('tanstack-query/page')
      await signIn(page)
      await page.evaluate(
        () =>
          void site.mount(
            site.root,
            Array.from({ length: 20 }, (_, index) => index),
          ),
      )
      await page.getByText('Order 19 of ada').waitFor()
      expire()
      takeRequests()
      await page.evaluate(() => site.queryClient.refetchQueries())
      expect(await page.getByText(/Order \d+ of ada/).count()).toBe(20)
      expect(refreshesIn(takeRequests())).toBe(1)
      await auth.signOutEverywhere('ada')
      await page.evaluate(() => site.queryClient.refetchQueries())
      await page.getByRole('link', { name: 'Sign in again' }).waitFor()
      // At most one request for each query: those still queued when the session ended are not sent.
      const requests = takeRequests()
      expect(refreshesIn(requests)).toBe(1)
      expect(requests.length).toBeLessThanOrEqual(21)
      expect(await page.evaluate(() => site.queryClient.getQueryCache().getAll())).toEqual([])
      expect(pageErrors).toEqual([])
    })
  })
})
