import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from 'latchkey/client'
import { chromiumFor, launchOptions } from '../../../scripts/chromium.mjs'
import { Front } from './front.ts'

declare global {
  interface Window {
    client: Client
  }
}

const DIST = join(import.meta.dirname, '..', '..', '..', 'library', 'dist')
const APP = '<!doctype html><title>app</title><script type="module" src="/app/app.js"></script>'
const APP_SCRIPT =
  "import { createClient } from './client/index.js'; window.client = createClient()"
const PASSWORD = 'seven quiet owls at noon'
/** Seconds. The grace is short so that a test need not wait for it. */
const SETTINGS = { LATCHKEY_ACCESS_LIFETIME: '5', LATCHKEY_GRACE: '1' }

/** Milliseconds from one renewal to the next, at the least: 5 seconds less jitter, rounding, and what the client keeps in hand. */
const SHORTEST_LIFE = 2000

const path = chromiumFor('the proof in a browser')

describe.skipIf(path === null)(
  'in Chromium, against the real server, with access tokens of 5 seconds',
  () => {
    let front: Front
    let browser: Browser
    let people = 0

    beforeAll(async () => {
      front = await Front.start(SETTINGS)
      browser = await chromium.launch(launchOptions(path!))
    })
    afterAll(async () => {
      await browser?.close()
      await front?.stop()
    })

    /** A new browser profile that has registered and is signed in, with one tab open on the account page. */
    async function newPerson(
      origin = front.origin,
    ): Promise<{ context: BrowserContext; page: Page; username: string }> {
      const context = await browser.newContext()
      context.setDefaultTimeout(15_000)
      const page = await context.newPage()
      const username = `person ${++people}`
      while ((await page.goto(`${origin}/register`))?.status() === 503)
        await page.waitForTimeout(200)
      await page.fill('[name=username]', username)
      await page.fill('[name=password]', PASSWORD)
      await page.press('[name=password]', 'Enter')
      await page.waitForURL('**/account')
      return { context, page, username }
    }

    /** A tab of the same origin that runs the browser client alone, as an application's own page would. */
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
      await page.goto(`${front.origin}/app/`)
      await page.waitForFunction(() => window.client?.state.status === 'signed-in')
      return page
    }

    const generation = (page: Page) => page.evaluate(() => window.client.state.generation)
    const status = (page: Page) => page.evaluate(() => window.client.state.status)
    const call = (page: Page) =>
      page.evaluate(() => window.client.fetch('/protected').then((answer) => answer.status))
    /** A server that has too much to do turns some away, who ask again. */
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
    /** Real seconds: the browser's clock and the server's are both part of what is proved. */
    const untilExpired = (page: Page) => page.waitForTimeout(5100)

    test('with an https origin: cookies that no other host can set, and everything works the same', async () => {
      // Chromium takes Secure cookies from http://localhost, so that what is sent over https can be seen without a certificate.
      const secure = await Front.start({
        ...SETTINGS,
        LATCHKEY_ORIGIN: 'https://sign-in.example',
        LATCHKEY_TRUST_PROXY: '1',
      })
      const { context, page } = await newPerson(secure.origin)
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

    test('three renewals go by, and nobody notices', async () => {
      const { context } = await newPerson()
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

    test('five tabs with fifty requests each on expiry: one renewal', async () => {
      const { context, page: account } = await newPerson()
      await account.close()
      const pages: Page[] = []
      for (let tab = 0; tab < 5; tab++) pages.push(await appTab(context))
      // No tab may renew ahead of the requests: a hidden tab has no timer.
      await Promise.all(
        pages.map((page) =>
          page.evaluate(() => {
            Object.defineProperty(document, 'hidden', { get: () => true })
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
          }),
        ),
      )
      await untilExpired(pages[0]!)
      const before = front.refreshes.length
      const answers = await Promise.all(pages.map((page) => callMany(page, 50)))
      expect(answers.flat()).toEqual(Array<number>(250).fill(200))
      // On a busy machine 250 answers take longer than a token lives: a renewal of the next expiry is none of this one.
      const [first, ...later] = front.refreshes.slice(before)
      expect(later.filter((at) => at - first! < SHORTEST_LIFE)).toEqual([])
      expect(first).toBeDefined()
      await context.close()
    })

    test('a browser that is started again is renewed by its script, under an attempt, not by the server', async () => {
      const { context } = await newPerson()
      const { cookies, origins } = await context.storageState()
      await context.close()
      // What a browser forgets when it is closed: the cookies without an end.
      const again = await browser.newContext({
        storageState: { cookies: cookies.filter(({ expires }) => expires > 0), origins },
      })
      const page = await again.newPage()
      await untilExpired(page)
      const before = front.refreshes.length
      const answer = await page.goto(`${front.origin}/account`)
      expect(await answer!.text()).toContain('data-page="renew"')
      await page.locator('[data-page=account]').waitFor()
      expect(front.refreshes.length).toBe(before + 1)
      await again.close()
    })

    test('the answer to a renewal is lost: still signed in, with the same successor', async () => {
      const { context } = await newPerson()
      const page = await appTab(context)
      const before = (await generation(page))!
      await page.waitForTimeout(1100)
      front.next('lose')
      await page.evaluate(() => window.client.renew('asked'))
      expect(await generation(page)).toBeGreaterThan(before)
      expect(await call(page)).toBe(200)
      await context.close()
    })

    test('kill -9 of the server in the middle of a renewal: still signed in', async () => {
      const { context } = await newPerson()
      const page = await appTab(context)
      await page.waitForTimeout(1100)
      front.next('kill')
      const renewal = page.evaluate(() => window.client.renew('asked').catch(() => 'not now'))
      await renewal
      await front.startServer()
      await expect.poll(() => call(page), { timeout: 40_000, interval: 250 }).toBe(200)
      expect(await status(page)).toBe('signed-in')
      await context.close()
    })

    test('a minute offline: still signed in', async () => {
      const { context } = await newPerson()
      const page = await appTab(context)
      await context.setOffline(true)
      expect(
        await page.evaluate(() =>
          window.client.fetch('/protected').then(
            () => 'answered',
            (error: Error) => error.name,
          ),
        ),
      ).not.toBe('answered')
      await page.waitForTimeout(60_000)
      expect(await status(page)).toBe('signed-in')
      await context.setOffline(false)
      await expect
        .poll(() => call(page).catch(() => 0), { timeout: 40_000, interval: 250 })
        .toBe(200)
      await context.close()
    }, 120_000)

    // Once more where the machine was too busy to be on time.
    test(
      'sign out in one tab: every tab is out within 100 ms, and a late answer brings nobody back',
      { retry: 2 },
      async () => {
        const { context, page: account } = await newPerson()
        const [first, second] = [await appTab(context), await appTab(context)]
        await first.waitForTimeout(1100)
        front.next('hold')
        const renewal = first.evaluate(() =>
          window.client.renew('asked').then(
            () => 'renewed',
            (error: Error) => error.name,
          ),
        )
        await expect.poll(() => front.holding).toBe(true)
        const tabs = [first, await appTab(context), await appTab(context)]
        const noted = Promise.all(
          tabs.map((page) =>
            page.evaluate(
              () =>
                new Promise<number>((resolve) => {
                  window.client.subscribe(
                    ({ status }) => status === 'signed-out' && resolve(Date.now()),
                  )
                }),
            ),
          ),
        )
        const outAt = await second.evaluate(() => {
          const at = Date.now()
          void window.client.signOut()
          return at
        })
        for (const at of await noted) expect(at - outAt).toBeLessThan(100)
        await account.waitForURL(({ pathname }) => pathname === '/login')
        front.release()
        expect(await renewal).toBe('SignedOut')
        await expect
          .poll(
            async () =>
              (await context.cookies()).filter(({ name }) => name.includes('latchkey-refresh'))
                .length,
          )
          .toBe(0)
        for (const page of [first, second]) expect(await status(page)).toBe('signed-out')
        await first.goto(`${front.origin}/account`)
        expect(new URL(first.url()).pathname).toBe('/login')
        await context.close()
      },
    )

    test('a thief uses a copied refresh token: the session ends for both, and the account page says why', async () => {
      const { context, page: account, username } = await newPerson()
      const cookies = await context.cookies()
      const stolen = cookies.find(({ name }) => name.includes('latchkey-refresh'))!
      // He goes on as the owner does, and stops when he is found.
      const thief = (async () => {
        let tokens = { access_token: '', refresh_token: stolen.value }
        for (;;) {
          await account.waitForTimeout(1500)
          const headers = {
            authorization: `Bearer ${tokens.refresh_token}`,
            'user-agent': 'curl/8.0',
          }
          const answer = await fetch(`${front.origin}/refresh`, { method: 'POST', headers })
          if (!answer.ok) return { tokens, refusal: (await answer.json()) as { error: string } }
          tokens = (await answer.json()) as typeof tokens
        }
      })()
      // The owner's page renews by itself, and is told within the life of one access token.
      await account.waitForURL(
        ({ pathname, searchParams }) =>
          pathname === '/login' && searchParams.get('reason') === 'refresh_token_reused',
      )
      const { tokens, refusal } = await thief
      expect(refusal.error).toBe('refresh_token_reused')
      expect(
        (
          await fetch(`${front.origin}/protected`, {
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
