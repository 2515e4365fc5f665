import { expect, test } from 'vitest'
import { BROWSER, Jar } from '../client.ts'
import { HOUR, PASSWORD, startServer } from '../server.ts'
import { sessionCookies, startSignedIn } from './browse.ts'

test('account page: signing out other sessions requires a recent sign-in', async () => {
  const { server, browser } = await startSignedIn()
  const other = await server.signIn()
  server.clock.advance(HOUR)
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

test('account page: signing out the current session requires no recent sign-in', async () => {
  const { server, browser, jar } = await startSignedIn()
  server.clock.advance(HOUR)
  const [sessionId] = jar.get('latchkey-session')!.split('.')
  expect(
    (await browser.post('/account/sign-out-session', { session_id: sessionId! })).headers.location,
  ).toBe('/login?reason=signed_out')
})

test('account page: signs out one session, but none of another account', async () => {
  const { server, browser } = await startSignedIn()
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

test('account page: signing out the current session by its id clears the cookies', async () => {
  const { browser, jar } = await startSignedIn()
  const [id] = jar.get('latchkey-session')!.split('.')
  expect(
    (await browser.post('/account/sign-out-session', { session_id: id! })).headers.location,
  ).toBe('/login?reason=signed_out')
  expect(sessionCookies(jar)).toEqual([])
})

test('account page: changes the password; a refusal is shown in the form', async () => {
  const { server, browser } = await startSignedIn()
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

test('account page: an unknown notice in the address is ignored', async () => {
  const { browser } = await startSignedIn()
  for (const notice of ['constructor', '__proto__', '<b>', 'nothing']) {
    const { status, text } = await browser.get(`/account?notice=${encodeURIComponent(notice)}`)
    expect([status, text.includes('data-tone="good"')]).toEqual([200, false])
  }
})

test('account page: hostile usernames and user agents are text', async () => {
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
