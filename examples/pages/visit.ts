/** One visit to an example page, with its own backend, clock and browser profile. */
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { close, listen } from '../testing.ts'
import { createBackend } from './backend.ts'

const SECRET = 'a secret that only the tests know, and long enough'

export interface Visit {
  origin: string
  auth: ReturnType<typeof createBackend>['auth']
  context: BrowserContext
  /** Returns the paths requested from the backend since the last call. */
  takeRequests(): string[]
  /** Expires every access token issued so far, without the clients knowing. */
  expire(): void
  /** Holds requests to a path back until the returned function is called. */
  hold(path: string): () => void
  /** Opens a page. `root` is server-rendered markup for it; `api` is another origin for the API. */
  open(example: string, parts?: { head?: string; root?: string; api?: string }): Promise<Page>
  /** Errors and warnings of the pages. */
  pageErrors: string[]
}

export async function visit(
  browser: Browser,
  files: string,
  run: (visit: Visit) => Promise<void>,
): Promise<void> {
  let now = Date.now()
  let heldPath = ''
  let released: Promise<unknown> = Promise.resolve()
  const requests: string[] = []
  const { app, auth } = createBackend({ secret: SECRET, now: () => now })
  const outer = new Hono()
  const parts = new Map<string, string>()
  outer.get('/visit/:page', (context) => context.html(parts.get(context.req.param('page')) ?? ''))
  outer.use(async (context, next) => {
    const { path } = context.req
    if (/^\/[\w/.-]+\.js$/.test(path))
      return context.body(readFileSync(join(files, path)), 200, {
        'content-type': 'text/javascript',
      })
    requests.push(path)
    if (path === heldPath) await released
    return next()
  })
  outer.all('*', (context) => app.fetch(context.req.raw))
  const server = createServer(
    (request, response) => void getRequestListener(outer.fetch)(request, response),
  )
  const origin = await listen(server)
  const context = await browser.newContext()
  const pageErrors: string[] = []

  const open: Visit['open'] = async (example, { head = '', root = '', api } = {}) => {
    const page = await context.newPage()
    page.on('pageerror', (error) => pageErrors.push(String(error)))
    page.on(
      'console',
      (message) =>
        message.type() !== 'log' &&
        !message.text().startsWith('Failed to load resource') &&
        pageErrors.push(message.text()),
    )
    parts.set(String(parts.size), documentFor(example, head, root))
    await page.goto(`${origin}/visit/${parts.size - 1}${api ? `?api=${api}` : ''}`)
    await page
      .waitForFunction('globalThis.site', null, { timeout: 10_000 })
      .catch(() => Promise.reject(new Error(`${example} did not start: ${pageErrors.join()}`)))
    return page
  }
  try {
    await run({
      origin,
      auth,
      context,
      open,
      pageErrors,
      takeRequests: () => requests.splice(0),
      expire: () => void (now += 301_000),
      hold(path) {
        const gate = new EventEmitter()
        heldPath = path
        released = once(gate, 'open')
        return () => void gate.emit('open')
      },
    })
  } finally {
    await context.close()
    await close(server)
  }
}

/**
 * A document that counts the current listeners of the client (`listening`) and all there ever were
 * (`listened`), and gives the test the exports of the page as `site`.
 */
const documentFor = (
  example: string,
  head: string,
  root: string,
): string => `<!doctype html><title>${example}</title>
<link rel="icon" href="data:,">${head}<div id="root">${root}</div><script type="module">
import * as page from '/${example}.js'
import { sessionError } from '/pages/errors.js'
const { client } = page
const { subscribe } = client
globalThis.listening = globalThis.listened = 0
client.subscribe = (listener) => {
  const stop = subscribe(listener)
  listening++
  listened++
  return () => (listening--, stop())
}
await client.ready
globalThis.site = { ...page, root: document.getElementById('root'), sessionError }
</script>`
