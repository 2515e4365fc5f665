/** An extension (Manifest V3) in Chromium, whose service worker is stopped and started again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { rolldown } from 'rolldown'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { chromiumFor, launchOptions } from '../../../scripts/chromium.mjs'
import { createClient } from '../../src/client/header.ts'
import { Site } from './site.ts'

const path = chromiumFor('an extension')
const EXAMPLE = join(import.meta.dirname, '../../../examples/extension')

describe.runIf(path)('in an extension', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-extension-'))
  let site: Site
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    site = await new Site().listen()
    const bundle = await rolldown({
      input: join(EXAMPLE, 'worker.ts'),
      tsconfig: false,
      resolve: { conditionNames: ['latchkey-source'] },
      transform: { define: { ORIGIN: JSON.stringify(site.origin) } },
    })
    await bundle.write({ file: join(folder, 'worker.js') })
    await bundle.close()
    const manifest = {
      manifest_version: 3,
      name: 'orders',
      version: '1',
      background: { service_worker: 'worker.js', type: 'module' },
      host_permissions: [`${site.origin}/*`.replace(/:\d+/, '')],
    }
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'popup.html'), '<title>popup</title>')
    const { args, ...options } = launchOptions(path!)
    context = await chromium.launchPersistentContext('', {
      ...options,
      channel: 'chromium',
      args: [...args, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    })
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
    page = await context.newPage()
    await page.goto(new URL('popup.html', worker.url()).href)
  })
  afterAll(async () => {
    await context?.close()
    site.close()
    rmSync(folder, { recursive: true })
  })

  const ask = (message: object): Promise<unknown> =>
    page.evaluate(
      (sent) => (globalThis as unknown as { chrome: Chrome }).chrome.runtime.sendMessage(sent),
      message,
    )

  async function stopWorker(): Promise<void> {
    const session = await context.newCDPSession(page)
    await session.send('ServiceWorker.enable')
    await session.send('ServiceWorker.stopAllWorkers')
    await session.detach()
  }

  test('the session outlives the worker, also in the middle of a renewal', async () => {
    expect(await ask({ signIn: { name: 'ann' } })).toMatchObject({ ok: true })
    expect(await ask({ path: '/orders' })).toBe(200)
    await stopWorker()
    expect(await ask({ path: '/orders' })).toBe(200)
    let release: (() => void) | undefined
    site.onRefresh = async (next) => {
      await next()
      await new Promise<void>((resolve) => (release = resolve))
      return 'lost' as const
    }
    site.expireAll()
    ask({ path: '/orders' }).catch(() => {})
    await expect.poll(() => release).toBeDefined()
    await stopWorker()
    site.onRefresh = (next) => next()
    release!()
    expect(await ask({ path: '/orders' })).toBe(200)
    expect(new Set(site.attempts).size).toBe(1)
    expect(site.reuses).toBe(0)
  })
})

interface Chrome {
  runtime: { sendMessage(message: object): Promise<unknown> }
}

afterEach(() => vi.unstubAllGlobals())

test('a content script has the storage of the page, so it is refused', () => {
  vi.stubGlobal('chrome', { runtime: { id: 'abc' } })
  vi.stubGlobal('location', { origin: 'https://shop.example', protocol: 'https:' })
  expect(() => createClient({ origin: 'https://api.example' })).toThrow(
    "'createClient' is not for content scripts: ask the service worker of the extension",
  )
})
