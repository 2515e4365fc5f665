/** A visit to one page of the examples: a backend of its own whose clock the test holds, and a browser profile of its own. */
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
  /** Paths asked of the backend since the last look. */
  asked(): string[]
  /** Every access token until now has expired, which no client knows. */
  expire(): void
  /** Keeps requests of a path from the backend until the function that it answers is called. */
  hold(path: string): () => void
  /** `root`: what a server rendered; `api`: another place for the API. Errors and warnings of the page end in `complaints`. */
  open(example: string, parts?: { head?: string; root?: string; api?: string }): Promise<Page>
  complaints: string[]
}

export async function visit(
  browser: Browser,
  files: string,
  run: (visit: Visit) => Promise<void>,
): Promise<void> {
  let now = Date.now()
  let held = ''
  let opened: Promise<unknown> = Promise.resolve()
  const asked: string[] = []
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
    asked.push(path)
    if (path === held) await opened
    return next()
  })
  outer.all('*', (context) => app.fetch(context.req.raw))
  const server = createServer(
    (request, response) => void getRequestListener(outer.fetch)(request, response),
  )
  const origin = await listen(server)
  const context = await browser.newContext()
  const complaints: string[] = []

  const open: Visit['open'] = async (example, { head = '', root = '', api } = {}) => {
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on(
      'console',
      (message) =>
        message.type() !== 'log' &&
        !message.text().startsWith('Failed to load resource') &&
        complaints.push(message.text()),
    )
    parts.set(String(parts.size), documentFor(example, head, root))
    await page.goto(`${origin}/visit/${parts.size - 1}${api ? `?api=${api}` : ''}`)
    await page
      .waitForFunction('globalThis.site', null, { timeout: 10_000 })
      .catch(() => Promise.reject(new Error(`${example} did not begin: ${complaints.join()}`)))
    return page
  }
  try {
    await run({
      origin,
      auth,
      context,
      open,
      complaints,
      asked: () => asked.splice(0),
      expire: () => void (now += 301_000),
      hold(path) {
        const gate = new EventEmitter()
        held = path
        opened = once(gate, 'open')
        return () => void gate.emit('open')
      },
    })
  } finally {
    await context.close()
    await close(server)
  }
}

/** Counts who listens to the client, and who ever did, then gives the test the exports of the page as `site`. */
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
