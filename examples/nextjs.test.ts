import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser, run } from './testing.ts'
import { useOnce } from './use-once.ts'

const ROOT = join(import.meta.dirname, '..')
const EXAMPLE = join(import.meta.dirname, 'nextjs')
const SECRET = 'a secret that only the tests know, and long enough'
const NEXT = join(ROOT, 'node_modules/next/dist/bin/next')

let folder: string
let server: Awaited<ReturnType<typeof run>>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-nextjs-'))
  const env = { DATABASE: join(folder, 'sessions.db'), SECRET, NEXT_TELEMETRY_DISABLED: '1' }
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, {
      cwd: EXAMPLE,
      env: { ...process.env, ...env, NODE_ENV: 'production' },
      stdio: 'pipe',
    })
  // Next.js loads the published files of the library.
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-b', 'library'], { cwd: ROOT })
  node(join(ROOT, 'scripts/assets.mjs'))
  node('--conditions=latchkey-source', 'migrate.ts')
  node(NEXT, 'build')
  server = await run(NEXT, {
    cwd: EXAMPLE,
    env: { ...env, NODE_ENV: 'production' },
    args: ['start', '--hostname', '127.0.0.1'],
  })
}, 180_000)

afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('route handlers: sign-in, refresh and sign-out in both modes', () =>
  useOnce(server.origin, '/auth'))

test('server component: renders the identity of valid cookies only', async () => {
  const page = async (headers: Record<string, string>) =>
    (await fetch(server.origin, { headers })).text()
  expect(await page({})).toContain('Nobody is signed in.')
  const signedIn = await fetch(`${server.origin}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'correct horse', mode: 'cookie' }),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((setCookie) => setCookie.split(';', 1)[0])
    .join('; ')
  expect(await page({ cookie })).toMatch(/Hello, (<!-- -->)?ada/)
  expect(await page({ cookie: cookie.replaceAll('.', '.x') })).toContain('Nobody is signed in.')
})

test.skipIf(CHROMIUM === null)(
  'server component: an expired token is renewed by the browser, not during rendering',
  async () => {
    const browser = await launchBrowser()
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(server.origin)
    await page.evaluate(async () => {
      const body = JSON.stringify({ username: 'ada', password: 'correct horse', mode: 'cookie' })
      await fetch('/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
    })
    const anHourAgo = createAuth({ secret: SECRET, now: () => Date.now() - 3_600_000 })
    const access = (await context.cookies()).find(({ name }) => name.endsWith('latchkey-access'))!
    await context.addCookies([{ ...access, value: anHourAgo.createAccessToken('ada') }])
    let refreshes = 0
    page.on(
      'request',
      (request) => void (refreshes += Number(request.url().endsWith('/auth/refresh'))),
    )
    const rendered = await (await page.goto(server.origin))!.text()
    expect(rendered).toContain('One moment')
    expect(rendered).not.toContain('Hello')
    await page.getByText('Hello, ada').waitFor()
    expect(refreshes).toBe(1)
    expect(await (await page.goto(server.origin))!.text()).toMatch(/Hello, (<!-- -->)?ada/)
    await browser.close()
  },
)

test('route handlers: unknown paths get 404, wrong methods 405', async () => {
  expect((await fetch(`${server.origin}/auth/elsewhere`)).status).toBe(404)
  expect((await fetch(`${server.origin}/auth/refresh`)).status).toBe(405)
})
