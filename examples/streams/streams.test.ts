import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHROMIUM, launchBrowser, run } from '../testing.ts'

const CLIENT = new URL(import.meta.resolve('latchkey/client'))
const PAGE = `<!doctype html><title>streams</title><body>
  <script type="importmap">{ "imports": {
    "latchkey/client": "/modules/client/index.ts",
    "latchkey/client/ticket": "/modules/client/integrations/ticket.ts"
  } }</script>
  <script type="module" src="/modules/page.ts"></script>`

let server: Awaited<ReturnType<typeof run>>
beforeAll(async () => {
  server = await run(join(import.meta.dirname, 'server.ts'), {
    cwd: import.meta.dirname,
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
})
afterAll(() => server.stop())

test('a request with no ticket, an empty or an invented one is refused with 401', async () => {
  for (const query of ['', '?ticket=', `?ticket=${'A'.repeat(92)}`]) {
    const response = await fetch(`${server.origin}/news${query}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([401, null])
  }
})

test.skipIf(CHROMIUM === null)(
  'the page receives events until its session ends, and does not reconnect',
  async () => {
    const browser = await launchBrowser()
    const page = await browser.newPage()
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await page.route('**/', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
    await page.route('**/modules/**', (route) => {
      const name = new URL(route.request().url()).pathname.slice('/modules/'.length)
      const file =
        name === 'page.ts' ? new URL('page.ts', import.meta.url) : new URL(`../${name}`, CLIENT)
      return route.fulfill({
        contentType: 'text/javascript',
        body: stripTypeScriptTypes(readFileSync(file, 'utf8')),
      })
    })
    await page.goto(server.origin)
    await page.getByText('news for ada').waitFor()
    const streams = () => addresses.filter((address) => address.includes('/news?ticket='))
    expect(streams()).toHaveLength(1)
    // Ends the session outside the client: the stream closes, and the next ticket is refused.
    await page.evaluate(() => fetch('/logout', { method: 'POST' }))
    await page.getByText('Over: ').waitFor()
    expect(streams()).toHaveLength(1)
    await browser.close()
  },
)
