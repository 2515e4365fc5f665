import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser, run } from '../testing.ts'

const CLIENT = new URL(import.meta.resolve('latchkey/client'))
const PAGE = `<!doctype html><title>quickstart</title>
  <script type="importmap">{ "imports": { "latchkey/client": "/modules/client/index.ts" } }</script>
  <script type="module" src="/modules/browser.ts"></script>`

let folder: string
let server: Awaited<ReturnType<typeof run>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-quickstart-'))
  server = await run(join(import.meta.dirname, 'server.ts'), {
    cwd: folder,
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const post = (path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(server.origin + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
const cookiesOf = ({ headers }: Response) =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')

test('server: the right password signs in; sign-in, refresh and sign-out work', async () => {
  const wrong = await post('/login', { username: 'ada', password: 'wrong' })
  expect([wrong.status, await wrong.json()]).toEqual([
    401,
    { error: 'credentials_invalid', message: 'The username or password is incorrect.' },
  ])
  expect((await post('/login', {})).status).toBe(401)
  expect((await fetch(`${server.origin}/me`)).status).toBe(401)

  const signedIn = await post('/login', {
    username: 'ada',
    password: 'correct horse',
    mode: 'cookie',
  })
  const cookie = cookiesOf(signedIn)
  expect(await (await fetch(`${server.origin}/me`, { headers: { cookie } })).json()).toEqual({
    hello: 'ada',
  })
  const own = { cookie, 'sec-fetch-site': 'same-origin' }
  expect((await post('/refresh', {}, { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  expect((await post('/refresh', {}, own)).status).toBe(200)
  expect((await post('/logout', {}, own)).status).toBe(204)
  expect((await post('/refresh', {}, own)).status).toBe(401)
  expect((await fetch(`${server.origin}/me`, { headers: { cookie } })).status).toBe(401)
})

test('server: a login form posted from another site is refused and sets no cookie', async () => {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    origin: 'https://evil.example',
  }
  const response = await fetch(`${server.origin}/login`, {
    method: 'POST',
    headers,
    body: 'username=ada&password=correct+horse&mode=cookie',
  })
  expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
})

test.skipIf(CHROMIUM === null)(
  'browser: signs in, fetches a guarded route and shows the response',
  async () => {
    const browser = await launchBrowser()
    const page = await browser.newPage()
    // Serves the page, its script and the modules of the client, in place of a bundler.
    await page.route('**/', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
    await page.route('**/modules/**', (route) => {
      const name = new URL(route.request().url()).pathname.slice('/modules/'.length)
      const file =
        name === 'browser.ts'
          ? new URL('browser.ts', import.meta.url)
          : new URL(`../${name}`, CLIENT)
      return route.fulfill({
        contentType: 'text/javascript',
        body: stripTypeScriptTypes(readFileSync(file, 'utf8')),
      })
    })
    await page.goto(server.origin)
    await page.getByText('{"hello":"ada"}').waitFor()
    expect(await page.evaluate(() => document.cookie)).toMatch(
      /^__Host-latchkey-session=[\w-]{22}\.0$/,
    )
    await browser.close()
  },
)
