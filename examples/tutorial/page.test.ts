import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser } from '../testing.ts'
import { startTutorial, type Tutorial } from './testing.ts'

/**
 * The lifetime of access tokens in seconds. Long, so the timer of the page does not run: the clock
 * of the server makes tokens expire.
 */
const LIFETIME = 300

describe.skipIf(CHROMIUM === null)('the page', () => {
  let browser: Browser
  let app: Tutorial
  let context: BrowserContext
  let page: Page
  beforeAll(async () => void (browser = await launchBrowser()))
  afterAll(() => browser.close())
  beforeEach(async () => {
    app = await startTutorial({ accessLifetime: LIFETIME })
    context = await browser.newContext()
    page = await open()
  })
  afterEach(async () => {
    await context.close()
    await app.stop()
  })

  async function open(): Promise<Page> {
    const opened = await context.newPage()
    await opened.goto(`${app.origin}/index`)
    return opened
  }
  async function signIn(): Promise<void> {
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('Signed in, generation 0.').waitFor()
  }
  const press = (name: string, on = page): Promise<void> => on.getByRole('button', { name }).click()
  /** The lines of the log, oldest first, as soon as there are `count` of them. */
  async function lines(count: number, on = page): Promise<string[]> {
    await on.locator(`#log > :nth-child(${count})`).waitFor()
    return (await on.locator('#log > li').allTextContents()).toReversed()
  }
  function countRefreshes(): { count: number } {
    const refreshes = { count: 0 }
    context.on(
      'request',
      (request) => void (request.url().endsWith('/refresh') && refreshes.count++),
    )
    return refreshes
  }

  test('wrong password: shows the message of the server', async () => {
    await page.getByLabel('Password').fill('wrong')
    await press('Sign in')
    expect(await lines(1)).toEqual([
      'not signed in: Bad username or password (401 credentials_invalid)',
    ])
    await press('POST /test')
    expect((await lines(2))[1]).toMatch(
      /^POST \/test → 401 .*Missing \\"token\\" key in json data\./,
    )
  })

  test('three expirations: requests succeed, with one refresh each', async () => {
    const refreshes = countRefreshes()
    await signIn()
    await press('GET /protected')
    expect(await lines(2)).toEqual([
      'signed in by this tab',
      'GET /protected → 200 {"logged_in_as":{"age":"24","username":"liuyong"}}',
    ])
    for (let expiry = 1; expiry <= 3; expiry++) {
      app.advance(LIFETIME)
      await press('POST /test')
      expect((await lines(2 + 2 * expiry)).slice(-2)).toEqual([
        'access token expired → renewed → request repeated',
        'POST /test → 200 {"tets":"test"}',
      ])
      expect(refreshes.count).toBe(expiry)
    }
    await page.getByText('Signed in, generation 3.').waitFor()
    await press('GET /protected')
    expect((await lines(9)).at(-1)).toContain('"age":"24"')
  })

  test('concurrent requests with an expired token: one refresh', async () => {
    const refreshes = countRefreshes()
    await signIn()
    app.advance(LIFETIME)
    await press('Three at once')
    const log = await lines(5)
    expect(log.filter((line) => line.includes('→ 200'))).toHaveLength(3)
    expect(log.filter((line) => line.includes('renewed'))).toHaveLength(1)
    expect(refreshes.count).toBe(1)
  })

  test('second tab: shares the session, and both continue after an expiration', async () => {
    await signIn()
    const second = await open()
    expect(await lines(1, second)).toEqual(['still signed in, generation 0'])
    app.advance(LIFETIME)
    await Promise.all([press('POST /test'), press('POST /test', second)])
    for (const tab of [page, second]) await tab.getByText('POST /test → 200').waitFor()
    expect(app.events.map(({ type }) => type)).not.toContain('reused')
  })

  test('reload: still signed in; no token in web storage or readable cookies', async () => {
    await signIn()
    await page.reload()
    expect(await lines(1)).toEqual(['still signed in, generation 0'])
    expect(
      await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]),
    ).toEqual([0, 0, ''])
  })

  test('sign-out: signs out every tab and invalidates the tokens', async () => {
    await signIn()
    const second = await open()
    await lines(1, second)
    const testRequest = page.waitForRequest('**/test')
    await press('POST /test')
    const authorization = (await (await testRequest).headerValue('authorization'))!
    const signOutResponse = page.waitForResponse('**/logout')
    await press('Sign out')
    expect((await signOutResponse).status()).toBe(204)
    for (const tab of [page, second]) await tab.getByText('Signed out.').waitFor()
    expect(await app.send('POST', '/test', { headers: { authorization } })).toMatchObject({
      status: 401,
      body: { error: 'session_signed_out' },
    })
  })

  test('old refresh token reused: the page is signed out and shows the reason', async () => {
    await signIn()
    const firstRefresh = page.waitForRequest('**/refresh')
    for (let expiry = 1; expiry <= 2; expiry++) {
      app.advance(LIFETIME)
      await press('POST /test')
      await lines(1 + 2 * expiry)
    }
    const authorization = (await (await firstRefresh).headerValue('authorization'))!
    expect(await app.send('POST', '/refresh', { headers: { authorization } })).toMatchObject({
      status: 401,
      body: { error: 'refresh_token_reused' },
    })
    await press('POST /test')
    await page.getByText('signed out: an old refresh token was used again').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
  })

  test('idle page: renews by its timer before the token expires', async () => {
    await page.close()
    page = await context.newPage()
    await page.clock.install()
    await page.goto(`${app.origin}/index`)
    await signIn()
    for (let renewal = 1; renewal <= 3; renewal++) {
      app.advance(LIFETIME - 35)
      await page.clock.fastForward((LIFETIME - 30) * 1000)
      await page.getByText(`Signed in, generation ${renewal}.`).waitFor()
    }
    await press('POST /test')
    expect(await lines(2)).toEqual(['signed in by this tab', 'POST /test → 200 {"tets":"test"}'])
  })
})
