import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../testing.ts'

const ATTEMPT = 'A'.repeat(22)
let server: Awaited<ReturnType<typeof run>>
beforeAll(async () => {
  server = await run(join(import.meta.dirname, 'server.ts'), {
    cwd: import.meta.dirname,
    env: { SECRET: 'a secret that only the tests know, and long enough' },
  })
})
afterAll(() => server.stop())

/** The cookies of a response, by their names without the prefix. */
const cookiesOf = ({ headers }: Response): Record<string, string> =>
  Object.fromEntries(
    headers
      .getSetCookie()
      .map((cookie) => /^__Host-latchkey-(\w+)=([^;]*)/.exec(cookie)!.slice(1) as [string, string]),
  )
const headerOf = (cookies: Record<string, string>): string =>
  Object.entries(cookies)
    .map(([name, value]) => `__Host-latchkey-${name}=${value}`)
    .join('; ')

async function signIn(): Promise<Record<string, string>> {
  const response = await fetch(`${server.origin}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', password: 'correct horse', mode: 'cookie' }),
  })
  expect(response.status).toBe(200)
  return cookiesOf(response)
}
const open = (cookies: Record<string, string>): Promise<Response> =>
  fetch(`${server.origin}/orders`, {
    headers: { cookie: headerOf(cookies) },
    redirect: 'manual',
  })

test('a visitor without an access token gets the page and new cookies', async () => {
  const { refresh } = await signIn()
  const page = await open({ refresh: refresh! })
  expect(await page.text()).toContain('Orders of ada')
  expect(page.headers.get('cache-control')).toBe('private, no-store')
  expect(Object.keys(cookiesOf(page))).toContain('access')
})

test('a visitor who is not signed in is sent to the sign-in page', async () => {
  const { status, headers } = await open({})
  expect([status, headers.get('location')]).toEqual([302, '/sign-in'])
})

test('a page view before and after a refresh of the client: nobody is signed out', async () => {
  const first = await signIn()
  // Each response is lost: the browser keeps the cookies of the sign-in.
  expect((await open({ refresh: first.refresh! })).status).toBe(200)
  const refreshed = await fetch(`${server.origin}/refresh`, {
    method: 'POST',
    headers: {
      cookie: headerOf(first),
      'refresh-attempt': ATTEMPT,
      'sec-fetch-site': 'same-origin',
    },
  })
  expect(refreshed.status).toBe(200)
  expect((await open({ refresh: first.refresh! })).status).toBe(200)
})
