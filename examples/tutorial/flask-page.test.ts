import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser } from '../testing.ts'
import { startTutorial, type Tutorial } from './testing.ts'

describe.skipIf(CHROMIUM === null)('Flask page, unchanged', () => {
  let browser: Browser
  let app: Tutorial
  let page: Page
  beforeAll(async () => {
    browser = await launchBrowser()
    app = await startTutorial()
    page = await browser.newPage()
    await page.goto(`${app.origin}/flask-page`)
  })
  afterAll(async () => {
    await browser.close()
    await app.stop()
  })

  /** Clicks a button and returns the response from `path`. */
  async function click(
    button: string,
    path: string,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const responsePromise: Promise<Response> = page.waitForResponse(`**${path}`)
    await page.click(button)
    const response = await responsePromise
    return { status: response.status(), body: (await response.json()) as Record<string, unknown> }
  }
  const storedTokens = () =>
    page.evaluate(() => Object.fromEntries(Object.entries<string>(sessionStorage)))

  test('wrong password: logs the message', async () => {
    await page.fill('#username', 'test')
    await page.fill('#password', 'wrong')
    const logged = page.waitForEvent(
      'console',
      (message) => message.text() === 'Bad username or password',
    )
    expect(await click('.btn', '/login')).toMatchObject({
      status: 401,
      body: { msg: 'Bad username or password' },
    })
    await logged
  })

  test('login: stores both tokens; a request succeeds', async () => {
    await page.fill('#password', 'test')
    const { status, body } = await click('.btn', '/login')
    expect(status).toBe(200)
    await expect
      .poll(storedTokens)
      .toEqual({ token: body.access_token, refree_token: body.refresh_token })
    expect(await click('.register', '/test')).toEqual({ status: 200, body: { tets: 'test' } })
  })

  test.each([6, 29, 31, 3600, 7200, 86_400, 20 * 86_400])(
    '%d seconds later: the token expires, is refreshed, and the second click succeeds',
    async (seconds) => {
      const before = await storedTokens()
      app.advance(seconds)
      const refreshing = page.waitForResponse('**/refresh')
      expect(await click('.register', '/test')).toMatchObject({
        status: 401,
        body: { msg: 'Token has expired' },
      })
      const refreshed = await refreshing
      expect(refreshed.status()).toBe(200)
      const { access_token, refresh_token } = (await refreshed.json()) as Record<string, string>
      expect(refresh_token).toBe(before.refree_token)
      await expect
        .poll(storedTokens)
        .toEqual({ token: access_token, refree_token: before.refree_token })
      expect(await click('.register', '/test')).toEqual({ status: 200, body: { tets: 'test' } })
    },
  )

  test('a click every ten minutes for a working day: every second click succeeds', async () => {
    for (let minute = 0; minute < 8 * 60; minute += 10) {
      app.advance(600)
      const before = await storedTokens()
      const refreshing = page.waitForResponse('**/refresh')
      expect(await click('.register', '/test')).toMatchObject({ status: 401 })
      expect((await refreshing).status()).toBe(200)
      await expect.poll(async () => (await storedTokens()).token).not.toBe(before.token)
      expect(await click('.register', '/test')).toMatchObject({ status: 200 })
    }
    expect(app.events.filter(({ type }) => type === 'reused')).toEqual([])
  })
})
