import assert from 'node:assert/strict'
import {
  bearer,
  COOKIE_CREDENTIALS,
  cookieHeader,
  CREDENTIALS,
  JSON_BODY,
  SAME_ORIGIN,
  signIn,
  type HttpCases,
} from './case.ts'
import { sendRaw } from './raw-http.ts'

/** Guarded routes, and the headers of replies that carry tokens. */
export const GUARDS: HttpCases = {
  'two guards on one route: a valid token passes both, a missing one is refused': async ({
    client,
  }) => {
    const authorized = bearer((await signIn(client)).access_token)
    assert.deepEqual((await client('GET', '/guarded-twice', authorized)).body, { identity: 'ada' })
    assert.equal((await client('GET', '/guarded-twice')).status, 401)
  },

  'getAuth without a guard throws an error that says so': async ({ client }) => {
    const authorized = bearer((await signIn(client)).access_token)
    const { body } = await client('GET', '/unguarded', authorized)
    assert.match(body.message!, /getAuth needs guard\(auth\)/)
  },

  'an error in a handler is handled by the framework, not by the guard': async ({ client }) => {
    const authorized = bearer((await signIn(client)).access_token)
    const response = await client('GET', '/throws', authorized)
    assert.equal(response.status, 500)
    assert.equal(response.headers.get('www-authenticate'), null)
    assert.equal((await client('GET', '/throws')).status, 401)
  },

  'replies with tokens: no-store, and one Set-Cookie line for each cookie': async ({
    client,
    origin,
  }) => {
    const withTokens = await client('POST', '/login', JSON_BODY, CREDENTIALS)
    const withCookies = await client('POST', '/login', JSON_BODY, COOKIE_CREDENTIALS)
    const browser = { cookie: cookieHeader(withCookies), ...SAME_ORIGIN }
    const responses = [
      withTokens,
      withCookies,
      await client('POST', '/tokens'),
      await client('POST', '/refresh', bearer(withTokens.body.refresh_token)),
      await client('POST', '/refresh', browser),
      await client('GET', '/sessions', bearer(withTokens.body.access_token)),
      await client('POST', '/logout', browser),
    ]
    for (const { status, headers } of responses) {
      assert.ok(status === 200 || status === 204)
      assert.equal(headers.get('cache-control'), 'no-store')
    }
    const raw = await sendRaw(
      origin,
      ['POST /login HTTP/1.1', 'Content-Type: application/json'],
      COOKIE_CREDENTIALS,
    )
    assert.equal(raw.head.match(/^set-cookie: [^,\r\n]+\r?$/gim)?.length, 4)
  },

  'header injection: nothing in a request becomes a header of the response': async ({
    client,
    origin,
  }) => {
    const username = 'ada\r\nSet-Cookie: thief=1'
    const credentials = { username, password: 'open sesame', mode: 'cookie' }
    const signedIn = await client('POST', '/login', JSON_BODY, JSON.stringify(credentials))
    assert.equal(signedIn.headers.getSetCookie().length, 4)
    assert.ok(!signedIn.headers.getSetCookie().join().includes('thief'))
    const lines = [
      'Authorization: Bearer a%0d%0aSet-Cookie:%20thief=1',
      'Authorization: Bearer a\nX-Thief: 1',
      'Authorization: Bearer \x01\x7f\xff',
      'Cookie: latchkey-access=\xe5\xff"',
    ]
    for (const line of lines) {
      const { status, head } = await sendRaw(origin, ['GET /private HTTP/1.1', line])
      assert.ok(status === 401 || status === 400, line)
      assert.doesNotMatch(head, /thief/i)
    }
  },
}
