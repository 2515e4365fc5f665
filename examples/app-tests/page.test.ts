// @vitest-environment jsdom
import { createClient, type Client } from 'latchkey/client'
import { setupServer } from 'msw/node'
import type { CookieJar } from 'tough-cookie'
import { expect, onTestFinished, test } from 'vitest'
import { fakeApi } from './fake-api.ts'
import { showAccount } from './page.ts'

declare const jsdom: { cookieJar: CookieJar }

/** A page, and an API of its own. */
function setUp() {
  const { auth, clock, handlers } = fakeApi(jsdom.cookieJar)
  const server = setupServer(...handlers)
  server.listen()
  const client = createClient()
  onTestFinished(async () => {
    client.dispose()
    server.close()
    auth.close()
    await jsdom.cookieJar.removeAllCookies()
  })
  return { client, clock }
}

const signIn = (client: Client) => client.signIn({ username: 'ada', password: 'test' })
const heading = () => document.querySelector('h1')!.textContent

test('signed in: the page says who', async () => {
  const { client } = setUp()
  expect(await signIn(client)).toMatchObject({ ok: true })
  await showAccount(client)
  expect(heading()).toBe('Signed in as ada')
})

test('an expired access token: renewed, and the page notices nothing', async () => {
  const { client, clock } = setUp()
  await signIn(client)
  clock.now += 60 * 60 * 1000
  await showAccount(client)
  expect(heading()).toBe('Signed in as ada')
})

test('a session that has ended: the page asks to sign in', async () => {
  const { client, clock } = setUp()
  await signIn(client)
  clock.now += 365 * 24 * 60 * 60 * 1000
  await showAccount(client)
  expect(heading()).toBe('Sign in')
})

test('the button signs out', async () => {
  const { client } = setUp()
  await signIn(client)
  await showAccount(client)
  document.querySelector('button')!.click()
  await expect.poll(() => client.state.status).toBe('signed-out')
  await showAccount(client)
  expect(heading()).toBe('Sign in')
})
