import { expect, test } from 'vitest'
import { BROWSER, Jar } from '../client.ts'
import { PASSWORD, startServer } from '../server.ts'
import { browse, sessionCookies, startSignedIn } from './browse.ts'

test('pages without cookies: redirect to the sign-in page with a return address', async () => {
  const { get } = browse(await startServer())
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

test('forms: registration, pages and sign-out work without a script', async () => {
  const server = await startServer()
  const { get, post, jar } = browse(server)
  expect((await get('/register')).text).toContain('name="password"')
  const registered = await post('/register', {
    username: 'ada',
    password: PASSWORD,
    mode: 'cookie',
    next: '/tokens',
  })
  expect([registered.status, registered.headers.location, registered.text]).toEqual([
    303,
    '/tokens',
    '',
  ])
  expect(sessionCookies(jar)).toHaveLength(3)
  expect((await get('/account')).text).toContain('<strong class="name" dir="auto">ada</strong>')
  expect((await get('/tokens')).text).toContain('id="tokens"')
  const signedOut = await post('/logout', { mode: 'cookie' })
  expect([signedOut.status, signedOut.headers.location]).toEqual([303, '/login?reason=signed_out'])
  expect(sessionCookies(jar)).toEqual([])
  expect((await get('/account')).headers.location).toBe('/login?next=%2Faccount')
})

test('pages: no token in any page', async () => {
  const { browser, jar } = await startSignedIn()
  for (const path of ['/account', '/tokens', '/login?reason=signed_out', '/nowhere']) {
    const { text } = await browser.get(path)
    for (const name of ['latchkey-access', 'latchkey-refresh', 'latchkey-device'])
      expect(text).not.toContain(jar.get(name)!.split('.').at(-1)!)
  }
})

test('sign-in and registration, signed in: redirect, unless there is a reason', async () => {
  const { browser } = await startSignedIn()
  expect((await browser.get('/login?next=%2Ftokens')).headers.location).toBe('/tokens')
  expect((await browser.get('/register')).headers.location).toBe('/account')
  expect((await browser.get('/login?reason=refresh_token_reused')).status).toBe(200)
})

test('refused form: shown again with username, reason and status, in the language', async () => {
  const server = await startServer()
  await server.register()
  const { post, get, jar } = browse(server)
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
  expect(sessionCookies(jar)).toEqual([])
  await get('/login?lang=zh')
  const short = await post('/register', { username: 'eve', password: 'short', next: '/account' })
  expect([short.status, short.text.includes('密码至少需要 15 个字符')]).toEqual([422, true])
  expect((await post('/register', { username: 'ADA', password: PASSWORD })).status).toBe(409)
  expect((await post('/login', {})).status).toBe(400)
})

test('throttled form: says how long to wait', async () => {
  const server = await startServer()
  const { post } = browse(server)
  for (let failures = 0; failures < 5; failures++)
    await post('/login', { username: 'ada', password: 'a guess that is wrong' })
  const { status, headers, text } = await post('/login', {
    username: 'ada',
    password: 'a guess that is wrong',
  })
  expect([status, headers['retry-after']]).toEqual([429, '1'])
  expect(text).toContain('Try again in 1 second.')
})

test('form from another site: refused with a page', async () => {
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
])('return address %s: never leads to another site', async (next) => {
  const server = await startServer()
  await server.register()
  const expectThisSite = (location: string | undefined) => {
    const url = new URL(location!, server.origin)
    expect(url.origin).toBe(server.origin)
    expect(location).toMatch(/^\/(?![/\\])/)
  }
  const { post, get, jar } = browse(server)
  expectThisSite(
    (await post('/login', { username: 'ada', password: PASSWORD, next })).headers.location,
  )
  expectThisSite((await get(`/login?next=${encodeURIComponent(next)}`)).headers.location)
  expectThisSite((await post('/refresh', { next })).headers.location)
  jar.delete('latchkey-access')
  jar.delete('latchkey-refresh')
  const { text } = await get(`/login?next=${encodeURIComponent(next)}`)
  expectThisSite(/name="next" value="([^"]*)"/.exec(text)![1]!.replaceAll('&amp;', '&'))
})

test('return address: the query of a page may contain another site and stays a path', async () => {
  const { get } = browse(await startServer())
  const { headers } = await get('/account?next=//evil.example')
  expect(headers.location).toBe(`/login?next=${encodeURIComponent('/account?next=//evil.example')}`)
})

test('language: from the address, the cookie or Accept-Language', async () => {
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
