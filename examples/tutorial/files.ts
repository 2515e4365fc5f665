import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const PAGE = new URL('index.html', import.meta.url)

/** The browser client of the library. The import map of the page leads to its modules. */
const CLIENT = new URL(import.meta.resolve('latchkey/client/header'))

/** The page of the tutorial itself, for Flask and jQuery. */
const FLASK_PAGE = new URL('flask-page.html', import.meta.url)

const FILES = new Map([
  ['/', PAGE],
  ['/index', PAGE],
  ['/page.css', new URL('page.css', import.meta.url)],
  ['/page.ts', new URL('page.ts', import.meta.url)],
  ['/latchkey/client/header', CLIENT],
  ['/flask-page', FLASK_PAGE],
  ['/static/jquery.min.js', new URL(import.meta.resolve('jquery/dist/jquery.min.js'))],
])

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.ts': 'text/javascript',
}

/** Allows scripts of this server, and those in the page itself. Injected scripts do not run. */
function policyFor(page: URL): string {
  const scripts = [
    ...readFileSync(page, 'utf8').matchAll(/<script(?: type="importmap")?>([^]*?)<\/script>/g),
  ]
  const hashes = scripts.map(
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
  )
  return [
    "default-src 'self'",
    'img-src data:',
    ["script-src 'self'", ...hashes].join(' '),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

const POLICY = policyFor(PAGE)
const FLASK_POLICY = policyFor(FLASK_PAGE)

/** Sends the page or one of its files. Returns false if there is no file with this path. */
export async function sendFile(response: ServerResponse, path: string): Promise<boolean> {
  const file = FILES.get(path) ?? moduleOf(path)
  const text = file && (await readFile(file, 'utf8').catch(() => null))
  if (!text) return false
  const type = extname(fileURLToPath(file))
  response.writeHead(200, {
    'Content-Type': `${TYPES[type]}; charset=utf-8`,
    'Content-Security-Policy': file === FLASK_PAGE ? FLASK_POLICY : POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-cache',
  })
  response.end(type === '.ts' ? stripTypeScriptTypes(text) : text)
  return true
}

/** The modules of the client, and `protocol` next to their folder. */
function moduleOf(path: string): URL | undefined {
  const pattern = /^\/latchkey\/(client\/(?:[a-z-]+\/)?[a-z-]+\.[jt]s|protocol\.[jt]s)$/
  const name = pattern.exec(path)?.[1]
  return name === undefined ? undefined : new URL(`../${name}`, CLIENT)
}
