/**
 * Frameworks that render pages, in Chromium: a person comes back after a night, and the browser
 * itself sends the first request. Nobody sees a sign-in page, nothing that was typed is lost, and
 * the session is renewed once.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser } from '../../examples/testing.ts'
import { KITS, startKit } from './kits.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { SECRET, sessionsOf, TEN_HOURS } from './visitor.ts'

const ORDER = '/orders/7?view=full'
/** What Chromium shows if there is no response. */
const ERROR_PAGE = 'chrome-error://chromewebdata/'

const isPage = ({ url }: IncomingMessage): boolean => url!.startsWith('/orders/7')
const isForm = ({ method }: IncomingMessage): boolean => method === 'POST'
const isRefresh = ({ url }: IncomingMessage): boolean => url === '/auth/refresh'
const heading = (page: Page): Promise<string> => page.locator('h1').innerText()
const saved = (page: Page): Promise<string> => page.locator('output').innerText()
const pathOf = (page: Page): string => page.url().replace(new URL(page.url()).origin, '')

async function send(page: Page, note: string): Promise<void> {
  await page.fill('[name=note]', note)
  await page.getByRole('button', { name: 'Save' }).click()
}

describe.skipIf(CHROMIUM === null).each(KITS)('$name', (kit) => {
  let folder: string
  let sessions: ReturnType<typeof sessionsOf>
  let server: Awaited<ReturnType<typeof startKit>>
  let proxy: Awaited<ReturnType<typeof lossyProxy>>
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let visited: string[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-rendering-'))
    const DATABASE = join(folder, 'sessions.db')
    sessions = sessionsOf(DATABASE)
    server = await startKit(kit, { DATABASE, SECRET })
    proxy = await lossyProxy(server.origin)
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await proxy.stop()
    await server.stop()
    sessions.close()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => begin())
  afterEach(() => context.close())

  async function begin(options: { javaScriptEnabled?: boolean } = {}): Promise<void> {
    await context?.close()
    visited = []
    context = await browser.newContext({ baseURL: proxy.origin, ...options })
    context.setDefaultTimeout(10_000)
    context.on('request', (request) => visited.push(new URL(request.url()).pathname))
    page = await context.newPage()
  }
  /** An open page whose access token has expired since it was loaded. */
  async function openPage(): Promise<string> {
    const session = await sessions.returning(context)
    await page.goto(ORDER, { waitUntil: 'networkidle' })
    await sessions.wait(context, session)
    return session
  }
  /**
   * A refresh of the client was lost: the store has the next generation, under an attempt that
   * only the client knows.
   */
  async function loseRefresh(): Promise<string> {
    const session = await sessions.returning(context)
    // By the first renewal of the client, it knows how long an access token lives.
    await page.goto(`/renew?next=${encodeURIComponent(ORDER)}`)
    await page.getByText('Order 7 of ada').waitFor()
    await page.waitForLoadState('networkidle')
    sessions.age(session)
    const tab = await context.newPage()
    const lost = await proxy.losing(isRefresh, async () => {
      const failed = tab.waitForEvent('requestfailed')
      await tab.goto('/renew')
      await failed
      await tab.close()
    })
    expect(lost).toBeGreaterThan(0)
    await sessions.wait(context, session)
    return session
  }
  async function signIn(): Promise<void> {
    await page.fill('[name=username]', 'ada')
    await page.fill('[name=password]', 'correct horse')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Order 7 of ada').waitFor()
  }
  const expectOneRenewal = async (session: string, before = 0): Promise<void> => {
    expect(await sessions.generation(session)).toBe(before + 1)
    expect(visited).not.toContain('/sign-in')
  }

  test('a link to a page deep inside: the page', async () => {
    const session = await sessions.returning(context)
    const response = (await page.goto(ORDER))!
    expect([response.status(), await heading(page), pathOf(page)]).toEqual([
      200,
      'Order 7 of ada',
      ORDER,
    ])
    expect(response.headers()['cache-control']).toBe('private, no-store')
    await page.goto(ORDER)
    expect(await heading(page)).toBe('Order 7 of ada')
    await expectOneRenewal(session)
  })

  test('the response is lost: the next view gets the page', async () => {
    const session = await sessions.returning(context)
    const lost = await proxy.losing(isPage, async () => {
      await expect(page.goto(ORDER)).rejects.toThrow('ERR_')
      await page.waitForURL(ERROR_PAGE)
    })
    expect(lost).toBeGreaterThan(0)
    await page.goto(ORDER)
    expect(await heading(page)).toBe('Order 7 of ada')
    await expectOneRenewal(session)
  })

  test('two tabs at once: both get the page', async () => {
    const session = await sessions.returning(context)
    const tabs = [page, await context.newPage()]
    await Promise.all(tabs.map((tab) => tab.goto(ORDER)))
    expect(await Promise.all(tabs.map(heading))).toEqual(['Order 7 of ada', 'Order 7 of ada'])
    await expectOneRenewal(session)
  })

  describe.each([true, false])('a form, with scripts: %s', (javaScriptEnabled) => {
    beforeEach(() => begin({ javaScriptEnabled }))

    test('arrives', async () => {
      const session = await openPage()
      await send(page, 'a long text')
      expect(await saved(page)).toBe('Saved: a long text, of ada')
      await expectOneRenewal(session, 1)
    })

    test('two tabs send at once: both arrive', async () => {
      const other = await context.newPage()
      const session = await sessions.returning(context)
      await other.goto(ORDER, { waitUntil: 'networkidle' })
      await page.goto(ORDER, { waitUntil: 'networkidle' })
      await sessions.wait(context, session)
      await Promise.all([send(page, 'one'), send(other, 'two')])
      expect(await saved(page)).toBe('Saved: one, of ada')
      expect(await saved(other)).toBe('Saved: two, of ada')
      await expectOneRenewal(session, 1)
    })
  })

  test('a form whose response is lost: arrives when the browser sends it again', async () => {
    await begin({ javaScriptEnabled: false })
    const session = await openPage()
    const lost = await proxy.losing(isForm, async () => {
      await send(page, 'a long text')
      await page.waitForURL(ERROR_PAGE)
    })
    expect(lost).toBeGreaterThan(0)
    await page.reload()
    expect(await saved(page)).toBe('Saved: a long text, of ada')
    await expectOneRenewal(session, 1)
  })

  test('a form of another site: refused', async () => {
    const { accessToken } = await sessions.auth.signIn('ada')
    const response = await fetch(proxy.origin + (kit.form ?? ORDER), {
      method: 'POST',
      headers: {
        cookie: `__Host-latchkey-access=${accessToken}`,
        origin: 'http://other.localhost',
        'sec-fetch-site': 'same-site',
      },
      body: new URLSearchParams({ note: 'forged' }),
      redirect: 'manual',
    })
    expect([303, 400, 403]).toContain(response.status)
    expect(response.headers.get('location') ?? (await response.text())).not.toContain('forged')
  })

  test('a picture and a download of an open page', async () => {
    const session = await openPage()
    const width = await page.evaluate(async () => {
      const image = Object.assign(new Image(), { src: '/files/chart.svg' })
      await image.decode()
      return image.naturalWidth
    })
    expect(width).toBe(7)
    await sessions.wait(context, session)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Download').click(),
    ])
    expect(await download.failure()).toBeNull()
    expect(await sessions.generation(session)).toBe(3)
    expect(visited).not.toContain('/sign-in')
  })

  test('the session has ended: the sign-in page, and back to the page', async () => {
    const session = await sessions.returning(context)
    await sessions.auth.signOut(session)
    await page.goto(ORDER, { waitUntil: 'networkidle' })
    expect(await heading(page)).toBe('Sign in')
    expect(await context.cookies()).toEqual([])
    await signIn()
    expect(pathOf(page)).toBe(ORDER)
  })

  test('the session has ended: a form comes to the sign-in page too', async () => {
    const session = await openPage()
    await sessions.auth.signOut(session)
    await send(page, 'a long text')
    await page.getByText('Sign in').first().waitFor()
    await page.waitForLoadState('networkidle')
    await signIn()
    expect(pathOf(page)).toMatch(/^\/orders\/7/)
  })

  describe('a refresh of the client was lost', () => {
    test('a page: the client renews, and the page comes', async () => {
      const session = await loseRefresh()
      await page.goto(ORDER)
      await page.getByText('Order 7 of ada').waitFor()
      expect(pathOf(page)).toBe(ORDER)
      await expectOneRenewal(session, 1)
    })

    test('a form of an open page: arrives', async () => {
      const session = await loseRefresh()
      await page.clock.setFixedTime(Date.now() + TEN_HOURS)
      await send(page, 'a long text')
      expect(await saved(page)).toBe('Saved: a long text, of ada')
      await expectOneRenewal(session, 1)
    })
  })
})
