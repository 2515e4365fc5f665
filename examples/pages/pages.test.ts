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

const SOON = { timeout: 10_000 }

const signIn = (page: Page) =>
  page.evaluate(() => site.client.signIn({ username: 'ada', password: 'correct horse' }))
/** What so many orders, asked for at once, came to: the data, or the name of the client's error, else of the library's. */
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
    test('shows the session as it is, whichever tab changes it, and stops listening', async () => {
      await visit(browser, files, async ({ open, complaints }) => {
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
        expect(complaints).toEqual([])
      })
    })

    test('takes over what a server rendered, though it knows more by then', async () => {
      const { head, render } = (await import(
        /* @vite-ignore */ pathToFileURL(join(folder, 'server', framework, 'render.js')).href
      )) as { head?: string; render(): Promise<string> }
      const root = await render()
      expect(root).toContain('One moment')
      expect(root).not.toContain('button')
      await visit(browser, files, async ({ open, complaints }) => {
        const page = await open(`${framework}/page`, { root, ...(head && { head }) })
        await signIn(page)
        await page.evaluate(() => site.mount(site.root))
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in' }).waitFor()
        expect(await page.evaluate(() => site.root.textContent.trim())).toBe('Sign in')
        expect(complaints).toEqual([])
      })
    })
  })

  test('react in development: StrictMode mounts twice, and one listener and one refresh are left of it', async () => {
    await visit(
      browser,
      join(folder, 'development'),
      async ({ open, asked, expire, complaints }) => {
        const page = await open('react/page')
        await signIn(page)
        await page.evaluate(() => Object.assign(globalThis, { unmount: site.mount(site.root) }))
        await page.getByRole('button', { name: 'Sign out' }).waitFor()
        await expect.poll(() => page.evaluate(() => [listened, listening]), SOON).toEqual([2, 1])
        expire()
        asked()
        expect(await page.evaluate(async () => (await site.client.fetch('/orders/1')).status)).toBe(
          200,
        )
        expect(asked()).toEqual(['/orders/1', '/refresh', '/orders/1'])
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in' }).waitFor()
        await page.evaluate('unmount()')
        await expect.poll(() => page.evaluate(() => listening), SOON).toBe(0)
        expect(complaints.filter((text) => !text.includes('React DevTools'))).toEqual([])
      },
    )
  })

  describe.each(LIBRARIES)('%s', (library) => {
    test('twenty calls that find the token expired make one refresh, and all are answered', async () => {
      await visit(browser, files, async ({ open, expire, asked, complaints }) => {
        const page = await open(library)
        await signIn(page)
        expect(await ordersOf(page, 1)).toEqual(allOf(1))
        expire()
        asked()
        expect(await ordersOf(page, 20, 1)).toEqual(allOf(20, 1))
        expect(refreshesIn(asked())).toBe(1)
        expect(complaints).toEqual([])
      })
    })

    test('a session that is over reaches the page as SignedOut, at once', async () => {
      await visit(browser, files, async ({ open, auth, asked }) => {
        const page = await open(library)
        await signIn(page)
        await auth.signOutEverywhere('ada')
        asked()
        expect(await ordersOf(page, 1)).toEqual(['SignedOut'])
        // The request, and the refresh that said so: nothing was repeated.
        expect(asked()).toHaveLength(2)
        expect(await page.evaluate(() => site.client.state)).toMatchObject({
          status: 'signed-out',
          reason: 'session_signed_out',
        })
      })
    })

    test('one that gives up while the token is renewed leaves alone', async () => {
      await visit(browser, files, async ({ open, expire, asked, hold }) => {
        const page = await open(library)
        await signIn(page)
        expire()
        const release = hold('/refresh')
        await page.evaluate(async () => {
          globalThis.controller = new AbortController()
          const given = site.order(1, controller.signal)
          // Calls of one batch are one request.
          await new Promise((resolve) => setTimeout(resolve))
          const orders = [given, site.order(2)]
          globalThis.outcomes = Promise.all(
            orders.map((order) => order.catch((error: Error) => String(error))),
          )
          void given.catch(() => (document.title = 'gave up'))
        })
        const seen: string[] = []
        await expect.poll(() => seen.push(...asked()) && refreshesIn(seen), SOON).toBe(1)
        await page.evaluate(() => controller.abort())
        await page.waitForFunction(() => document.title === 'gave up')
        release()
        expect(await page.evaluate(() => outcomes)).toEqual([expect.any(String), ...allOf(1, 2)])
      })
    })

    test('another origin gets nothing, and its 401 is only a 401', async () => {
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
      await visit(browser, files, async ({ open, asked }) => {
        const page = await open(library, { api })
        await signIn(page)
        asked()
        expect(await ordersOf(page, 1)).toEqual([expect.any(String)])
        expect(asked()).toEqual([])
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

  test('axios/xhr: an upload that is repeated arrives whole, and tells how far it is', async () => {
    await visit(browser, files, async ({ open, expire, asked }) => {
      const page = await open('axios/xhr')
      await signIn(page)
      expire()
      asked()
      const [bytes, last] = await page.evaluate(async () => {
        let last = 0
        return [await site.upload(new Blob(['x'.repeat(200_000)]), (share) => (last = share)), last]
      })
      expect([bytes, last]).toEqual([200_000, 1])
      expect(asked()).toEqual(['/files', '/refresh', '/files'])
    })
  })

  test('axios/xhr: a request says whose it is, and with the cookies of another session it does nothing', async () => {
    await visit(browser, files, async ({ open, asked }) => {
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
      // This tab does not see the new session until its request is on the way.
      await page.route('**/orders/2', async (route) => {
        await signIn(other)
        await route.continue()
      })
      // By its own session's name, whether the page has heard of the other meanwhile or not.
      expect(['AxiosError', 'Replaced']).toContain((await ordersOf(page, 1, 2))[0])
      expect(named).toEqual([sessionId, sessionId])
      expect(asked().filter((path) => path.startsWith('/orders/'))).toEqual([
        '/orders/1',
        '/orders/2',
      ])
    })
  })

  test('axios/xhr: a request is not repeated under another session', async () => {
    await visit(browser, files, async ({ open, asked, hold }) => {
      const [page, other] = [await open('axios/xhr'), await open('ky/page')]
      await signIn(page)
      asked()
      const release = hold('/orders/1')
      const orders = ordersOf(page, 1, 1)
      await expect.poll(() => asked(), SOON).toEqual(['/orders/1'])
      await signIn(other)
      const { sessionId } = await other.evaluate(() => site.client.state)
      await page.waitForFunction(
        (sessionId) => site.client.state.sessionId === sessionId,
        sessionId,
      )
      release()
      expect(await orders).toEqual(['AxiosError'])
      expect(asked()).toEqual(['/login'])
    })
  })

  test('tanstack-query: one refresh, no repetition under a session that is over, and an empty cache after it', async () => {
    await visit(browser, files, async ({ open, auth, expire, asked, complaints }) => {
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
      asked()
      await page.evaluate(() => site.queryClient.refetchQueries())
      expect(await page.getByText(/Order \d+ of ada/).count()).toBe(20)
      expect(refreshesIn(asked())).toBe(1)
      await auth.signOutEverywhere('ada')
      await page.evaluate(() => site.queryClient.refetchQueries())
      await page.getByRole('link', { name: 'Sign in again' }).waitFor()
      expect(asked()).toHaveLength(21)
      expect(await page.evaluate(() => site.queryClient.getQueryCache().getAll())).toEqual([])
      expect(complaints).toEqual([])
    })
  })
})
