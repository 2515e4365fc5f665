import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BROWSER, Jar, type Got, type Sent } from './client.ts'
import { DAY, HOUR, MINUTE, PASSWORD, startServer, type TestServer } from './server.ts'

/** A browser without script: it keeps cookies, and says where a form comes from. */
async function browse(server: TestServer, jar = new Jar()) {
  const headers = {
    ...BROWSER,
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  }
  const ask = (method: string, path: string, sent: Sent = {}): Promise<Got> =>
    server.send(method, path, {
      jar,
      ...sent,
      headers: { ...headers, ...(method === 'POST' && { origin: server.origin }), ...sent.headers },
    })
  return {
    jar,
    get: (path: string) => ask('GET', path),
    post: (path: string, form: Record<string, string> = {}) => ask('POST', path, { form }),
    signIn: () =>
      ask('POST', '/login', {
        form: { username: 'ada', password: PASSWORD, mode: 'cookie', next: '/account' },
      }),
  }
}

async function signedIn(env: Record<string, string> = {}) {
  const server = await startServer(env)
  await server.register()
  const browser = await browse(server)
  await browser.signIn()
  return { server, browser, jar: browser.jar }
}

const tokensIn = (jar: Jar) =>
  ['latchkey-access', 'latchkey-refresh', 'latchkey-session'].filter((name) => jar.has(name))

test('without cookies every page of an account leads to the sign-in page, and back', async () => {
  const { get } = await browse(await startServer())
  expect((await get('/')).headers.location).toBe('/account')
  for (const path of ['/account', '/tokens', '/tokens?lang=zh']) {
    const { status, headers, cookies } = await get(path)
    expect([status, headers.location, cookies]).toEqual([
      303,
      `/login?next=${encodeURIComponent(path)}`,
      [],
    ])
  }
})

test('registering with a form, seeing the pages, and signing out', async () => {
  const server = await startServer()
  const { get, post, jar } = await browse(server)
  expect((await get('/register')).text).toContain('name="password"')
  const entered = await post('/register', {
    username: 'ada',
    password: PASSWORD,
    mode: 'cookie',
    next: '/tokens',
  })
  expect([entered.status, entered.headers.location, entered.text]).toEqual([303, '/tokens', ''])
  expect(tokensIn(jar)).toHaveLength(3)
  expect((await get('/account')).text).toContain('<strong class="name" dir="auto">ada</strong>')
  expect((await get('/tokens')).text).toContain('id="tokens"')
  const left = await post('/logout', { mode: 'cookie' })
  expect([left.status, left.headers.location]).toEqual([303, '/login?reason=signed_out'])
  expect(tokensIn(jar)).toEqual([])
  expect((await get('/account')).headers.location).toBe('/login?next=%2Faccount')
})

test('no page holds a token', async () => {
  const { browser, jar } = await signedIn()
  for (const path of ['/account', '/tokens', '/login?reason=signed_out', '/nowhere']) {
    const { text } = await browser.get(path)
    for (const name of ['latchkey-access', 'latchkey-refresh', 'latchkey-device'])
      expect(text).not.toContain(jar.get(name)!.split('.').at(-1)!)
  }
})

test('whoever is signed in is taken past the forms, unless they are there to be told something', async () => {
  const { browser } = await signedIn()
  expect((await browser.get('/login?next=%2Ftokens')).headers.location).toBe('/tokens')
  expect((await browser.get('/register')).headers.location).toBe('/account')
  expect((await browser.get('/login?reason=refresh_token_reused')).status).toBe(200)
})

test('a refused form comes again with the name, the reason and the right status, in the language of the reader', async () => {
  const server = await startServer()
  await server.register()
  const { post, get, jar } = await browse(server)
  const wrong = await post('/login', {
    username: 'ada"><script>',
    password: 'a guess that is wrong',
    mode: 'cookie',
    next: '/tokens',
  })
  expect([wrong.status, wrong.headers['content-type']]).toEqual([401, 'text/html; charset=utf-8'])
  expect(wrong.text).toContain('Incorrect username or password. Try again.')
  expect(wrong.text).toContain('value="ada&quot;&gt;&lt;script&gt;"')
  expect(wrong.text).toContain('name="next" value="/tokens"')
  expect(tokensIn(jar)).toEqual([])
  await get('/login?lang=zh')
  const short = await post('/register', { username: 'eve', password: 'short', next: '/account' })
  expect([short.status, short.text.includes('密码至少需要 15 个字符')]).toEqual([422, true])
  expect((await post('/register', { username: 'ADA', password: PASSWORD })).status).toBe(409)
  expect((await post('/login', {})).status).toBe(400)
})

test('a form that has to wait says for how long', async () => {
  const server = await startServer()
  const { post } = await browse(server)
  for (let failures = 0; failures < 5; failures++)
    await post('/login', { username: 'ada', password: 'a guess that is wrong' })
  const { status, headers, text } = await post('/login', {
    username: 'ada',
    password: 'a guess that is wrong',
  })
  expect([status, headers['retry-after']]).toEqual([429, '1'])
  expect(text).toContain('Try again in 1 second.')
})

test('a form of another site is refused with a page', async () => {
  const server = await startServer()
  await server.register()
  const { status, text, cookies } = await server.send('POST', '/login', {
    form: { username: 'ada', password: PASSWORD, mode: 'cookie' },
    headers: { ...BROWSER, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  expect([status, cookies]).toEqual([403, []])
  expect(text).toContain('came from another site')
  expect(text).not.toContain('ada')
})

test.each([
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\evil.example',
  'https://evil.example',
  'https:evil.example',
  'http:/evil.example',
  'HTTPS://evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '/%2F/evil.example',
  '/%5Cevil.example',
  '/%09/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  ' //evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/%2e%2e//evil.example',
  'evil.example',
  '@evil.example',
  '/@evil.example/%2f..',
  '//localhost@evil.example',
  '%2F%2Fevil.example',
  '',
  '?x',
  '#x',
])('no address leads to another site: %s', async (next) => {
  const server = await startServer()
  await server.register()
  const isHere = (location: string | undefined) => {
    const url = new URL(location!, server.origin)
    expect(url.origin).toBe(server.origin)
    expect(location).toMatch(/^\/(?![/\\])/)
  }
  const { post, get, jar } = await browse(server)
  isHere((await post('/login', { username: 'ada', password: PASSWORD, next })).headers.location)
  isHere((await get(`/login?next=${encodeURIComponent(next)}`)).headers.location)
  isHere((await post('/refresh', { next })).headers.location)
  jar.delete('latchkey-access')
  jar.delete('latchkey-refresh')
  const { text } = await get(`/login?next=${encodeURIComponent(next)}`)
  isHere(/name="next" value="([^"]*)"/.exec(text)![1]!.replaceAll('&amp;', '&'))
})

test('a path like one of another site leads back to this one', async () => {
  const { get } = await browse(await startServer())
  const { headers } = await get('/account?next=//evil.example')
  expect(headers.location).toBe(`/login?next=${encodeURIComponent('/account?next=//evil.example')}`)
})

test('without script the server renews the access token itself, once for pages that cross', async () => {
  const { server, browser, jar } = await signedIn()
  server.clock.pass(HOUR)
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

test('with script the server leaves the renewal to it, and changes nothing', async () => {
  const { server, browser, jar } = await signedIn()
  jar.set('js', '1')
  server.clock.pass(HOUR)
  const { status, text, cookies } = await browser.get('/tokens')
  expect([status, cookies]).toEqual([200, []])
  expect(text).toContain('data-page="renew"')
  expect(text).toContain('data-next="/tokens"')
  const form = await browser.post('/account/sign-out-others')
  expect([form.status, form.headers.location]).toEqual([303, '/account'])
  expect(
    (await server.services.auth.sessions((await server.services.users.byName('ada'))!.id)).map(
      ({ generation: counter }) => counter,
    ),
  ).toEqual([0, 0])
})

test('the form of that page renews for a browser whose script has been turned off', async () => {
  const { server, browser, jar } = await signedIn()
  jar.set('js', '1')
  server.clock.pass(HOUR)
  const { status, headers } = await browser.post('/refresh', { mode: 'cookie', next: '/tokens' })
  expect([status, headers.location]).toEqual([303, '/tokens'])
  expect((await browser.get('/tokens')).text).toContain('data-page="tokens"')
})

test('a form without script is carried out after an hour as well', async () => {
  const { server, browser, jar } = await signedIn()
  server.clock.pass(HOUR)
  const { status, headers } = await browser.post('/account/password', {
    current_password: PASSWORD,
    new_password: 'quite another sentence',
  })
  expect([status, headers.location]).toEqual([303, '/account?notice=password_changed'])
  expect(jar.get('latchkey-session')).toMatch(/\.1$/)
})

test('ending other sessions asks for a recent sign-in; then it is done', async () => {
  const { server, browser } = await signedIn()
  const other = await server.signIn()
  server.clock.pass(HOUR)
  for (const [path, form] of [
    ['sign-out-others', {}],
    ['sign-out-session', { session_id: other.session_id }],
  ] as const) {
    const { status, headers } = await browser.post(`/account/${path}`, form)
    expect([status, headers.location]).toEqual([
      303,
      '/login?reason=fresh_required&next=%2Faccount',
    ])
    expect((await browser.get(headers.location!)).text).toContain(
      'That action requires a recent sign-in.',
    )
  }
  expect((await server.services.auth.explain(other.session_id))!.end).toBeNull()
  expect(
    (
      await browser.post('/login', {
        username: 'ada',
        password: PASSWORD,
        mode: 'cookie',
        next: '/account',
      })
    ).headers.location,
  ).toBe('/account')
  expect((await browser.post('/account/sign-out-others')).headers.location).toBe(
    '/account?notice=others_ended',
  )
  expect((await server.services.auth.explain(other.session_id))!.end).toMatchObject({
    reason: 'signed-out-everywhere',
  })
})

test('one’s own session is ended without that', async () => {
  const { server, browser, jar } = await signedIn()
  server.clock.pass(HOUR)
  const [sessionId] = jar.get('latchkey-session')!.split('.')
  expect(
    (await browser.post('/account/sign-out-session', { session_id: sessionId! })).headers.location,
  ).toBe('/login?reason=signed_out')
})

test.each(['/account', '/tokens'])(
  'a session that is over: %s clears the cookies and says why',
  async (path) => {
    const { server, browser, jar } = await signedIn()
    const other = await server.signIn()
    await server.send('DELETE', '/sessions', { token: other.access_token })
    const { status, headers } = await browser.get(path)
    expect([status, headers.location]).toEqual([
      303,
      `/login?reason=session_signed_out&next=${encodeURIComponent(path)}`,
    ])
    expect(tokensIn(jar)).toEqual([])
    expect((await browser.get(headers.location!)).text).toContain('You have been signed out.')
  },
)

test('a session that was stolen: the owner is told, on the way out and after the next sign-in', async () => {
  const { server, browser, jar } = await signedIn()
  const stolen = jar.get('latchkey-refresh')!
  for (let times = 0; times < 2; times++) {
    server.clock.pass(HOUR)
    await browser.get('/account')
  }
  expect((await server.send('POST', '/refresh', { token: stolen })).body.error).toBe(
    'refresh_token_reused',
  )
  server.clock.pass(HOUR)
  const { headers } = await browser.get('/account')
  expect(headers.location).toBe('/login?reason=refresh_token_reused&next=%2Faccount')
  expect((await browser.get(headers.location!)).text).toContain('Someone may have copied it')
  await browser.signIn()
  expect((await browser.get('/account')).text).toContain(
    'One of your sessions may have been copied',
  )
})

test('a session that ended by time leads to the sign-in page with the reason', async () => {
  const { server, browser, jar } = await signedIn()
  server.clock.pass(31 * DAY)
  expect((await browser.get('/account')).headers.location).toBe(
    '/login?reason=session_idle&next=%2Faccount',
  )
  expect(tokensIn(jar)).toEqual([])
})

test('a cookie that is nonsense leads to the sign-in page and is left alone', async () => {
  const { browser, jar } = await signedIn()
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

test('a cookie that comes twice was set by somebody else: it does not count', async () => {
  const { server, jar } = await signedIn()
  const cookie = `${jar.header}; latchkey-access=${jar.get('latchkey-access')!}; latchkey-refresh=${jar.get('latchkey-refresh')!}`
  expect((await server.send('GET', '/account', { headers: { ...BROWSER, cookie } })).status).toBe(
    303,
  )
  expect((await server.send('GET', '/protected', { headers: { cookie } })).body.error).toBe(
    'token_missing',
  )
})

test('where the database fails the answer is 503, no cookie is touched, and later all is as before', async () => {
  const { server, browser, jar } = await signedIn()
  const before = jar.header
  server.clock.pass(HOUR)
  const database = new DatabaseSync(join(server.folder, 'latchkey.db'))
  const rename = (from: string, to: string) => database.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
  for (const table of ['latchkey_session', 'user']) rename(table, `${table}_away`)
  for (const answer of [
    await browser.get('/account'),
    await browser.get('/tokens'),
    await browser.post('/refresh', { next: '/tokens' }),
    await browser.post('/logout'),
    await browser.post('/login', { username: 'ada', password: PASSWORD }),
    await server.send('POST', '/refresh', { jar, headers: { origin: server.origin } }),
    await server.send('POST', '/login', { json: { username: 'ada', password: PASSWORD } }),
    await server.send('GET', '/healthz'),
  ]) {
    expect([answer.status, answer.cookies, Number(answer.headers['retry-after']) > 0]).toEqual([
      503,
      [],
      true,
    ])
  }
  expect(jar.header).toBe(before)
  expect(server.written.join('')).toContain('"event":"database-failed"')
  for (const table of ['latchkey_session', 'user']) rename(`${table}_away`, table)
  database.close()
  expect((await browser.get('/account')).status).toBe(200)
  expect((await server.send('GET', '/healthz')).body).toEqual({ status: 'ok' })
})

test('one other session is signed out from the account page; somebody else’s is not there', async () => {
  const { server, browser } = await signedIn()
  const other = await server.signIn()
  const eves = await server.register('eve')
  const done = await browser.post('/account/sign-out-session', { session_id: other.session_id })
  expect([done.status, done.headers.location]).toEqual([303, '/account?notice=session_ended'])
  expect((await browser.get(done.headers.location!)).text).toContain(
    'That session has been signed out.',
  )
  expect((await server.send('GET', '/protected', { token: other.access_token })).status).toBe(401)
  for (const session_id of [eves.session_id, 'nonsense', ''])
    expect((await browser.post('/account/sign-out-session', { session_id })).status).toBe(404)
  expect((await server.send('GET', '/protected', { token: eves.access_token })).status).toBe(200)
})

test('this session, chosen on the account page, is signed out with its cookies', async () => {
  const { browser, jar } = await signedIn()
  const [id] = jar.get('latchkey-session')!.split('.')
  expect(
    (await browser.post('/account/sign-out-session', { session_id: id! })).headers.location,
  ).toBe('/login?reason=signed_out')
  expect(tokensIn(jar)).toEqual([])
})

test('the password is changed on the account page, and a refusal stands beside the form', async () => {
  const { server, browser } = await signedIn()
  const change = (current_password: string, new_password: string) =>
    browser.post('/account/password', { current_password, new_password })
  const wrong = await change('a guess that is wrong', 'quite another sentence')
  expect([wrong.status, wrong.text.includes('The current password is incorrect.')]).toEqual([
    403,
    true,
  ])
  expect(wrong.text).toContain('href="/account?lang=zh"')
  expect((await change(PASSWORD, 'aaaaaaaaaaaaaaaaaaaa')).status).toBe(422)
  const done = await change(PASSWORD, 'quite another sentence')
  expect([done.status, done.headers.location]).toEqual([303, '/account?notice=password_changed'])
  expect((await browser.get(done.headers.location!)).text).toContain(
    'Your password has been changed.',
  )
  expect(
    (
      await server.send('POST', '/login', {
        json: { username: 'ada', password: 'quite another sentence' },
      })
    ).status,
  ).toBe(200)
})

test('a notice is one of ours, whatever the address says', async () => {
  const { browser } = await signedIn()
  for (const notice of ['constructor', '__proto__', '<b>', 'nothing']) {
    const { status, text } = await browser.get(`/account?notice=${encodeURIComponent(notice)}`)
    expect([status, text.includes('data-tone="good"')]).toEqual([200, false])
  }
})

test('the language: chosen, kept, or the one that the browser prefers', async () => {
  const server = await startServer()
  const jar = new Jar()
  const langOf = async (path: string, accepted: string, from?: Jar) => {
    const { text } = await server.send('GET', path, {
      headers: { ...BROWSER, 'accept-language': accepted },
      ...(from && { jar: from }),
    })
    return /<html lang="([^"]+)"/.exec(text)![1]
  }
  expect(await langOf('/login', 'en')).toBe('en')
  expect(await langOf('/login', 'zh-CN,zh;q=0.9,en;q=0.8')).toBe('zh-Hans')
  expect(await langOf('/login', 'fr, en;q=0.5, zh;q=0.7')).toBe('zh-Hans')
  expect(await langOf('/login', 'fr, de')).toBe('en')
  expect(await langOf('/login', ';;;,q=,zh;q=0')).toBe('en')
  expect(await langOf('/login?lang=zh', 'en', jar)).toBe('zh-Hans')
  expect(await langOf('/nowhere', 'en', jar)).toBe('zh-Hans')
  expect(await langOf('/login?lang=constructor', 'en', jar)).toBe('zh-Hans')
  expect(await langOf('/login?lang=en', 'zh', jar)).toBe('en')
  expect([...jar]).toEqual([['lang', 'en']])
})

test('hostile names and devices are text on the account page', async () => {
  const server = await startServer()
  const username = `<img src=x onerror=alert(1)>"'&`
  await server.send('POST', '/register', {
    json: { username, password: PASSWORD },
    headers: { 'user-agent': '<script>alert(1)</script>' },
  })
  const jar = new Jar()
  await server.signInWithCookies(jar, username)
  const { text } = await server.send('GET', '/account', { jar, headers: BROWSER })
  expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(text).not.toMatch(/<img|<script>alert/)
})

test('an account page within the life of the access token asks nobody to wait', async () => {
  const { server, browser } = await signedIn()
  server.clock.pass(4 * MINUTE)
  expect((await browser.get('/account')).cookies).toEqual([])
})
