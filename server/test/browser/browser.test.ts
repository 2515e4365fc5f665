import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from 'latchkey/client'
import { chromiumFor, launchOptions } from '../../../scripts/chromium.mjs'
import { ServerBehindProxy } from './server-behind-proxy.ts'

declare global {
  interface Window {
    client: Client
    /** When this tab was signed out. Milliseconds since 1970. */
    signedOutAt: Promise<number>
  }
}

const DIST = join(import.meta.dirname, '..', '..', '..', 'library', 'dist')
const APP = '<!doctype html><title>app</title><script type="module" src="/app/app.js"></script>'
const APP_SCRIPT =
  "import { createClient } from './client/index.js'; window.client = createClient()"
const PASSWORD = 'seven quiet owls at noon'
/** Seconds. A short grace keeps the tests short. */
const SETTINGS = { LATCHKEY_ACCESS_LIFETIME: '5', LATCHKEY_GRACE: '1' }

/**
 * The shortest time between two renewals, in milliseconds: 5 seconds less jitter, rounding and the
 * margin of the client.
 */
const MIN_RENEWAL_INTERVAL = 2000

const path = chromiumFor('the tests of the server in a browser')

describe.skipIf(path === null)(
  'in Chromium, with the built server and access tokens of 5 seconds',
  () => {
    let server: ServerBehindProxy
    let browser: Browser
    let users = 0

    beforeAll(async () => {
      server = await ServerBehindProxy.start(SETTINGS)
      browser = await chromium.launch(launchOptions(path!))
    })
    afterAll(async () => {
      await browser?.close()
      await server?.stop()
    })

    /** Registers a user in a new browser profile. Its page is the account page. */
    async function newUser(
      origin = server.origin,
    ): Promise<{ context: BrowserContext; page: Page; username: string }> {
      const context = await browser.newContext()
      context.setDefaultTimeout(15_000)
      const page = await context.newPage()
      const username = `user ${++users}`
      while ((await page.goto(`${origin}/register`))?.status() === 503)
        await page.waitForTimeout(200)
      await page.fill('[name=username]', username)
      await page.fill('[name=password]', PASSWORD)
      await page.press('[name=password]', 'Enter')
      await page.waitForURL('**/account')
      return { context, page, username }
    }

    /** Opens a page of an application on the same origin: only the browser client runs on it. */
    async function appTab(context: BrowserContext): Promise<Page> {
      const page = await context.newPage()
      await page.route('**/app/**', (route) => {
        const file = new URL(route.request().url()).pathname.slice('/app/'.length)
        if (file === '') return route.fulfill({ contentType: 'text/html', body: APP })
        return route.fulfill({
          contentType: 'text/javascript',
          body: file === 'app.js' ? APP_SCRIPT : readFileSync(join(DIST, file)),
        })
      })
      await page.goto(`${server.origin}/app/`)
      await page.waitForFunction(() => window.client?.state.status === 'signed-in')
      return page
    }

    const generation = (page: Page) => page.evaluate(() => window.client.state.generation)
    const status = (page: Page) => page.evaluate(() => window.client.state.status)
    const call = (page: Page) =>
      page.evaluate(() => window.client.fetch('/protected').then((response) => response.status))
    /** Repeats requests that the server sheds under load. */
    const callMany = (page: Page, count: number) =>
      page.evaluate(async (n) => {
        const call = async (): Promise<number> => {
          const { status } = await window.client.fetch('/protected')
          if (status !== 503) return status
          await new Promise((resolve) => setTimeout(resolve, 100))
          return call()
        }
        return Promise.all(Array.from({ length: n }, call))
      }, count)
    /** Waits in real time: browser and server both use their real clocks. */
    const waitUntilExpired = (page: Page) => page.waitForTimeout(5100)

    test('https origin: __Host- cookies; renewal and sign-out work', async () => {
      // Chromium accepts Secure cookies from http://localhost, so no certificate is needed.
      const secure = await ServerBehindProxy.start({
        ...SETTINGS,
        LATCHKEY_ORIGIN: 'https://sign-in.example',
        LATCHKEY_TRUST_PROXY: '1',
      })
      const { context, page } = await newUser(secure.origin)
      const cookies = (await context.cookies()).filter(({ name }) => name.includes('latchkey'))
      expect(cookies.map(({ name }) => name).toSorted()).toEqual(
        ['access', 'device', 'refresh', 'session'].map((name) => `__Host-latchkey-${name}`),
      )
      for (const { name, secure: isSecure, httpOnly, sameSite, path } of cookies) {
        expect({ name, isSecure, httpOnly, sameSite, path }).toEqual({
          name,
          isSecure: true,
          httpOnly: !name.endsWith('session'),
          sameSite: 'Lax',
          path: '/',
        })
      }
      await page.waitForTimeout(1100)
      await page.goto(`${secure.origin}/tokens`)
      await page.getByRole('button', { name: 'Renew now' }).click()
      await expect
        .poll(
          async () => (await context.cookies()).find(({ name }) => name.endsWith('session'))?.value,
        )
        .toMatch(/\.[12]$/)
      await page
        .getByRole('navigation')
        .or(page.locator('header'))
        .getByRole('button', { name: 'Sign out' })
        .first()
        .click()
      await page.waitForURL(({ pathname }) => pathname === '/login')
      expect(
        (await context.cookies()).filter(({ name }) => /access|refresh|session/.test(name)),
      ).toEqual([])
      await context.close()
      await secure.stop()
    })

    test('three expirations: every request succeeds', async () => {
      const { context } = await newUser()
      const page = await appTab(context)
      const first = await generation(page)
      const statuses = new Set<number>()
      while ((await generation(page))! < first! + 3) {
        statuses.add(await call(page))
        await page.waitForTimeout(200)
      }
      expect([...statuses]).toEqual([200])
      await context.close()
    })

    test('expiration, five tabs with fifty requests each: one refresh', async () => {
      const { context, page: account } = await newUser()
      await account.close()
      const pages: Page[] = []
      for (let tab = 0; tab < 5; tab++) pages.push(await appTab(context))
      // Hidden tabs have no timer, so no tab renews before the requests.
      await Promise.all(
        pages.map((page) =>
          page.evaluate(() => {
            Object.defineProperty(document, 'hidden', { get: () => true })
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
          }),
        ),
      )
      await waitUntilExpired(pages[0]!)
      const before = server.refreshes.length
      const statuses = await Promise.all(pages.map((page) => callMany(page, 50)))
      expect(statuses.flat()).toEqual(Array<number>(250).fill(200))
      // On a busy machine the 250 requests take longer than the lifetime of a token. A refresh
      // after the next expiration does not count.
      const [first, ...later] = server.refreshes.slice(before)
      expect(later.filter((at) => at - first! < MIN_RENEWAL_INTERVAL)).toEqual([])
      expect(first).toBeDefined()
      await context.close()
    })

    test('browser restarted: the page is shown at once, renewed before a form', async () => {
      const { context } = await newUser()
      const { cookies, origins } = await context.storageState()
      await context.close()
      // A browser that closes deletes the cookies without an expiration date.
      const restarted = await browser.newContext({
        storageState: { cookies: cookies.filter(({ expires }) => expires > 0), origins },
      })
      const page = await restarted.newPage()
      await waitUntilExpired(page)
      const before = server.refreshes.length
      const response = await page.goto(`${server.origin}/account`)
      // The refresh token is left to the client, which has attempts.
      expect(await response!.text()).toContain('data-page="account"')
      expect(server.refreshes.length).toBe(before)
      await page.fill('[name=current_password]', PASSWORD)
      await page.fill('[name=new_password]', `${PASSWORD}, and a moon`)
      await waitUntilExpired(page)
      await page.press('[name=new_password]', 'Enter')
      // Before it is sent, the script renews.
      await page.getByText('Your password has been changed').waitFor()
      expect(server.refreshes.length).toBe(before + 1)
      await restarted.close()
    })

    test('response to a refresh lost: still signed in, with the next generation', async () => {
      const { context } = await newUser()
      const page = await appTab(context)
      const before = (await generation(page))!
      await page.waitForTimeout(1100)
      server.failNextRefresh('lose')
      await page.evaluate(() => window.client.renew('asked'))
      expect(await generation(page)).toBeGreaterThan(before)
      expect(await call(page)).toBe(200)
      await context.close()
    })

    test('server killed during a refresh: still signed in', async () => {
      const { context } = await newUser()
      const page = await appTab(context)
      await page.waitForTimeout(1100)
      server.failNextRefresh('kill')
      const renewal = page.evaluate(() => window.client.renew('asked').catch(() => 'failed'))
      await renewal
      await server.startServer()
      await expect.poll(() => call(page), { timeout: 40_000, interval: 250 }).toBe(200)
      expect(await status(page)).toBe('signed-in')
      await context.close()
    })

    test('offline for a minute: still signed in', async () => {
      const { context } = await newUser()
      const page = await appTab(context)
      await context.setOffline(true)
      expect(
        await page.evaluate(() =>
          window.client.fetch('/protected').then(
            () => 'resolved',
            (error: Error) => error.name,
          ),
        ),
      ).not.toBe('resolved')
      await page.waitForTimeout(60_000)
      expect(await status(page)).toBe('signed-in')
      await context.setOffline(false)
      await expect
        .poll(() => call(page).catch(() => 0), { timeout: 40_000, interval: 250 })
        .toBe(200)
      await context.close()
    }, 120_000)

    // Retried because a busy machine may exceed 100 ms.
    test(
      'sign-out: every tab is signed out within 100 ms; a late refresh changes nothing',
      { retry: 2 },
      async () => {
        const { context, page: account } = await newUser()
        const [first, second] = [await appTab(context), await appTab(context)]
        await first.waitForTimeout(1100)
        server.failNextRefresh('hold')
        const renewal = first.evaluate(() =>
          window.client.renew('asked').then(
            () => 'renewed',
            (error: Error) => error.name,
          ),
        )
        await expect.poll(() => server.isHolding).toBe(true)
        const tabs = [first, await appTab(context), await appTab(context)]
        await Promise.all(
          tabs.map((page) =>
            page.evaluate(() => {
              window.signedOutAt = new Promise((resolve) => {
                window.client.subscribe(({ status }) => {
                  if (status === 'signed-out') resolve(Date.now())
                })
              })
            }),
          ),
        )
        const requestedAt = await second.evaluate(() => {
          const at = Date.now()
          void window.client.signOut()
          return at
        })
        const times = tabs.map((page) => page.evaluate(() => window.signedOutAt))
        for (const at of await Promise.all(times)) expect(at - requestedAt).toBeLessThan(100)
        await account.waitForURL(({ pathname }) => pathname === '/login')
        server.release()
        expect(await renewal).toBe('SignedOut')
        await expect
          .poll(
            async () =>
              (await context.cookies()).filter(({ name }) => name.includes('latchkey-refresh'))
                .length,
          )
          .toBe(0)
        for (const page of [first, second]) expect(await status(page)).toBe('signed-out')
        await first.goto(`${server.origin}/account`)
        expect(new URL(first.url()).pathname).toBe('/login')
        await context.close()
      },
    )

    test('copied refresh token used: the session ends for both; the page says why', async () => {
      const { context, page: account, username } = await newUser()
      const cookies = await context.cookies()
      const stolen = cookies.find(({ name }) => name.includes('latchkey-refresh'))!
      // Refreshes like the owner, until it is refused.
      const thief = (async () => {
        let tokens = { access_token: '', refresh_token: stolen.value }
        for (;;) {
          await account.waitForTimeout(1500)
          const headers = {
            authorization: `Bearer ${tokens.refresh_token}`,
            'user-agent': 'curl/8.0',
          }
          const response = await fetch(`${server.origin}/refresh`, { method: 'POST', headers })
          if (!response.ok) return { tokens, refusal: (await response.json()) as { error: string } }
          tokens = (await response.json()) as typeof tokens
        }
      })()
      // The page of the owner renews by itself, so it learns of the reuse when its token expires.
      await account.waitForURL(
        ({ pathname, searchParams }) =>
          pathname === '/login' && searchParams.get('reason') === 'refresh_token_reused',
      )
      const { tokens, refusal } = await thief
      expect(refusal.error).toBe('refresh_token_reused')
      expect(
        (
          await fetch(`${server.origin}/protected`, {
            headers: { authorization: `Bearer ${tokens.access_token}` },
          })
        ).status,
      ).toBe(401)
      await account.fill('[name=username]', username)
      await account.fill('[name=password]', PASSWORD)
      await account.press('[name=password]', 'Enter')
      await account.waitForURL('**/account')
      expect(await account.locator('main').innerText()).toMatch(/copied/i)
      await context.close()
    })
  },
)
