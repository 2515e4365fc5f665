import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BROWSER } from '../client.ts'
import { DAY, HOUR, MINUTE, PASSWORD } from '../server.ts'
import { sessionCookies, startSignedIn } from './browse.ts'

test('expired token, no script: the server renews it, once for overlapping requests', async () => {
  const { server, browser, jar } = await startSignedIn()
  server.clock.advance(HOUR)
  const pages = await Promise.all([
    browser.get('/account'),
    browser.get('/tokens'),
    browser.get('/account'),
  ])
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(pages.map(({ cookies }) => cookies.length)).toEqual([3, 3, 3])
  expect(jar.get('latchkey-session')).toMatch(/\.1$/)
  expect((await browser.get('/account')).cookies).toEqual([])
  expect(pages[1].text).toContain('<span class="generation-value" id="generation">1</span>')
})

/** The script of a page refreshes under an attempt. `arrives`: the browser gets the response. */
const refreshByScript = (
  { server, jar }: Awaited<ReturnType<typeof startSignedIn>>,
  { arrives }: { arrives: boolean },
) =>
  server.send('POST', '/refresh', {
    headers: { origin: server.origin, 'refresh-attempt': 'A'.repeat(22), cookie: jar.header },
    ...(arrives && { jar }),
  })

test('expired token, after a refresh of the script: a page view leaves its refresh token', async () => {
  const signedIn = await startSignedIn()
  const { server, browser, jar } = signedIn
  server.clock.advance(HOUR)
  expect((await refreshByScript(signedIn, { arrives: true })).status).toBe(200)
  const refreshToken = jar.get('latchkey-refresh')
  server.clock.advance(HOUR)
  const page = await browser.get('/tokens')
  expect([page.status, page.cookies.length]).toEqual([200, 1])
  expect(page.text).toContain('data-page="tokens"')
  expect(jar.get('latchkey-refresh')).toBe(refreshToken)
})

test('expired token, the response to the script was lost: only the script can renew', async () => {
  const signedIn = await startSignedIn()
  const { server, browser } = signedIn
  server.clock.advance(HOUR)
  expect((await refreshByScript(signedIn, { arrives: false })).status).toBe(200)
  server.clock.advance(HOUR)
  const { status, text, cookies } = await browser.get('/tokens')
  expect([status, cookies]).toEqual([200, []])
  expect(text).toContain('data-page="renew"')
  expect(text).toContain('data-next="/tokens"')
  const form = await browser.post('/account/sign-out-others')
  expect([form.status, form.headers.location]).toEqual([303, '/account'])
  expect((await refreshByScript(signedIn, { arrives: true })).status).toBe(200)
  expect((await browser.get('/tokens')).text).toContain('data-page="tokens"')
})

test('expired token, the response to a page view was lost: the script renews, no theft', async () => {
  const signedIn = await startSignedIn()
  const { server, jar } = signedIn
  server.clock.advance(HOUR)
  const lost = await server.send('GET', '/account', {
    headers: { ...BROWSER, cookie: jar.header },
  })
  expect(lost.cookies.length).toBe(3)
  server.clock.advance(HOUR)
  expect((await refreshByScript(signedIn, { arrives: true })).status).toBe(200)
  expect(server.output.join('')).not.toContain('"event":"reused"')
})

test.each([
  [
    'a picture on a page of a sibling',
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  ],
  [
    'a frame on a page of another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ],
])('expired token, %s: renews nothing', async (_name, headers) => {
  const { server, jar } = await startSignedIn()
  server.clock.advance(HOUR)
  const { status, cookies } = await server.send('GET', '/account', {
    headers: { ...BROWSER, ...headers, cookie: `js=1; ${jar.header}; js=1` },
  })
  expect([status, cookies]).toEqual([200, []])
  const { auth, users } = server.services
  const sessions = (await auth.sessions((await users.byName('ada'))!.id)).sessions
  expect(sessions.map(({ generation }) => generation)).toEqual([0, 0])
})

test('expired token, a link on another site: the page is renewed', async () => {
  const { server, jar } = await startSignedIn()
  server.clock.advance(HOUR)
  const navigation = {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
  const page = await server.send('GET', '/tokens', { headers: { ...BROWSER, ...navigation }, jar })
  expect([page.status, page.cookies.length]).toEqual([200, 3])
})

test('renewal page, script turned off: its form renews the session', async () => {
  const { server, browser } = await startSignedIn()
  server.clock.advance(HOUR)
  const { status, headers } = await browser.post('/refresh', { mode: 'cookie', next: '/tokens' })
  expect([status, headers.location]).toEqual([303, '/tokens'])
  expect((await browser.get('/tokens')).text).toContain('data-page="tokens"')
})

test('expired token, form without script: the server renews it and handles the form', async () => {
  const { server, browser, jar } = await startSignedIn()
  const before = jar.get('latchkey-session')
  server.clock.advance(HOUR)
  const { status, headers } = await browser.post('/account/password', {
    current_password: PASSWORD,
    new_password: 'quite another sentence',
  })
  expect([status, headers.location]).toEqual([303, '/account?notice=password_changed'])
  expect(jar.get('latchkey-session')).not.toBe(before)
  expect((await browser.get('/account')).text).toContain('data-page="account"')
})

test('valid access token: no renewal, no cookies', async () => {
  const { server, browser } = await startSignedIn()
  server.clock.advance(4 * MINUTE)
  expect((await browser.get('/account')).cookies).toEqual([])
})

test.each(['/account', '/tokens'])(
  'ended session: %s clears the cookies and gives the reason',
  async (path) => {
    const { server, browser, jar } = await startSignedIn()
    const other = await server.signIn()
    await server.send('DELETE', '/sessions', { token: other.access_token })
    const { status, headers } = await browser.get(path)
    expect([status, headers.location]).toEqual([
      303,
      `/login?reason=session_signed_out&next=${encodeURIComponent(path)}`,
    ])
    expect(sessionCookies(jar)).toEqual([])
    expect((await browser.get(headers.location!)).text).toContain('You have been signed out.')
  },
)

test('reused refresh token: shown on the sign-in page and on the account page', async () => {
  const { server, browser, jar } = await startSignedIn()
  const stolen = jar.get('latchkey-refresh')!
  for (let times = 0; times < 2; times++) {
    server.clock.advance(HOUR)
    await browser.get('/account')
  }
  expect((await server.send('POST', '/refresh', { token: stolen })).body.error).toBe(
    'refresh_token_reused',
  )
  server.clock.advance(HOUR)
  const { headers } = await browser.get('/account')
  expect(headers.location).toBe('/login?reason=refresh_token_reused&next=%2Faccount')
  expect((await browser.get(headers.location!)).text).toContain('Someone may have copied it')
  await browser.signIn()
  expect((await browser.get('/account')).text).toContain(
    'One of your sessions may have been copied',
  )
})

test('expired session: redirect to the sign-in page with the reason', async () => {
  const { server, browser, jar } = await startSignedIn()
  server.clock.advance(31 * DAY)
  expect((await browser.get('/account')).headers.location).toBe(
    '/login?reason=session_idle&next=%2Faccount',
  )
  expect(sessionCookies(jar)).toEqual([])
})

test('malformed cookies: redirect to the sign-in page; the cookies are kept', async () => {
  const { browser, jar } = await startSignedIn()
  jar.set('latchkey-access', 'nonsense')
  jar.set('latchkey-refresh', 'nonsense')
  const { status, headers, cookies } = await browser.get('/account')
  expect([status, headers.location, cookies]).toEqual([
    303,
    '/login?reason=token_invalid&next=%2Faccount',
    [],
  ])
  expect((await browser.get(headers.location!)).status).toBe(200)
})

test('several cookies of one name: the right value is found', async () => {
  const { server, jar } = await startSignedIn()
  const others = ['latchkey-access', 'latchkey-refresh'].map((name) => `${name}=another`)
  const cookie = [...others, jar.header].join('; ')
  for (const path of ['/account', '/protected'])
    expect((await server.send('GET', path, { headers: { ...BROWSER, cookie } })).status).toBe(200)
})

test('database failure: 503, cookies are unchanged, and later requests succeed', async () => {
  const { server, browser, jar } = await startSignedIn()
  const before = jar.header
  server.clock.advance(HOUR)
  const database = new DatabaseSync(join(server.folder, 'latchkey.db'))
  const rename = (from: string, to: string) => database.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
  for (const table of ['latchkey_session', 'user']) rename(table, `${table}_away`)
  for (const response of [
    await browser.get('/account'),
    await browser.get('/tokens'),
    await browser.post('/refresh', { next: '/tokens' }),
    await browser.post('/logout'),
    await browser.post('/login', { username: 'ada', password: PASSWORD }),
    await server.send('POST', '/refresh', { jar, headers: { origin: server.origin } }),
    await server.send('POST', '/login', { json: { username: 'ada', password: PASSWORD } }),
    await server.send('GET', '/healthz'),
  ]) {
    expect([
      response.status,
      response.cookies,
      Number(response.headers['retry-after']) > 0,
    ]).toEqual([503, [], true])
  }
  expect(jar.header).toBe(before)
  expect(server.output.join('')).toContain('"event":"database-failed"')
  for (const table of ['latchkey_session', 'user']) rename(`${table}_away`, table)
  database.close()
  expect((await browser.get('/account')).status).toBe(200)
  expect((await server.send('GET', '/healthz')).body).toEqual({ status: 'ok' })
})

test.each(['/login', '/register'])(
  '%s with an expired access token: renewed, and on to the page that was asked for',
  async (path) => {
    const { server, browser } = await startSignedIn()
    server.clock.advance(HOUR)
    const { status, headers, cookies } = await browser.get(`${path}?next=/tokens`)
    expect([status, headers.location]).toEqual([303, '/tokens'])
    expect(cookies.some((cookie) => cookie.startsWith('latchkey-access='))).toBe(true)
    expect((await browser.get('/tokens')).text).toContain('data-page="tokens"')
  },
)

test('well-known addresses: the password form for password managers, robots, an icon', async () => {
  const { browser } = await startSignedIn()
  const { status, headers } = await browser.get('/.well-known/change-password')
  expect([status, headers.location]).toEqual([303, '/account#change-password'])
  expect((await browser.get('/account')).text).toContain('id="change-password"')
  expect((await browser.get('/robots.txt')).text).toContain('Disallow: /')
  const icon = await browser.get('/favicon.ico')
  expect([icon.status, icon.headers['content-type']]).toEqual([200, 'image/svg+xml; charset=utf-8'])
})
