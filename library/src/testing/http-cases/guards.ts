import assert from 'node:assert/strict'
import { bearerOf, CREDENTIALS, IN_COOKIES, JSON_BODY, type HttpCases } from './case.ts'
import { sendRaw } from './exchange.ts'

/** What stands behind a guard, and what an answer with a token says to caches. */
export const GUARDS: HttpCases = {
  'two guards in a row are one': async ({ client }) => {
    assert.deepEqual((await client('GET', '/guarded-twice', await bearerOf(client))).body, {
      identity: 'ada',
    })
    assert.equal((await client('GET', '/guarded-twice')).status, 401)
  },

  'getAuth without a guard says what is missing': async ({ client }) => {
    const { body } = await client('GET', '/unguarded', await bearerOf(client))
    assert.match(body.message!, /getAuth needs guard\(auth\)/)
  },

  'what a handler throws is answered by the framework, not by the guard': async ({ client }) => {
    const broken = await client('GET', '/throws', await bearerOf(client))
    assert.equal(broken.status, 500)
    assert.equal(broken.headers.get('www-authenticate'), null)
    assert.equal((await client('GET', '/throws')).status, 401)
  },

  'a token in a JSON body, where the guard looks for one': async ({ client }) => {
    const { access_token } = (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
    assert.deepEqual(
      (await client('POST', '/json', JSON_BODY, JSON.stringify({ access_token, more: [1] }))).body,
      { identity: 'ada' },
    )
    assert.equal(
      (await client('POST', '/json', { authorization: `Bearer ${access_token}` })).body.error,
      'token_missing',
    )
    assert.equal(
      (await client('POST', '/json', JSON_BODY, '{"access_token":"x"}')).body.error,
      'token_invalid',
    )
    assert.equal((await client('POST', '/json', JSON_BODY, '{"access_token":')).status, 400)
    assert.equal((await client('POST', '/json', JSON_BODY, '[]')).status, 400)
    assert.equal(
      (
        await client(
          'POST',
          '/json',
          JSON_BODY,
          JSON.stringify({ access_token, more: 'x'.repeat(20_000) }),
        )
      ).status,
      413,
    )
  },

  'no cache keeps an answer with a token, and each cookie has its own line': async ({
    client,
    origin,
  }) => {
    const signedIn = await client('POST', '/login', JSON_BODY, CREDENTIALS)
    const bearer = { authorization: `Bearer ${signedIn.body.access_token}` }
    const cookies = await client('POST', '/login', JSON_BODY, IN_COOKIES)
    const cookie = cookies.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    const own = { cookie, 'sec-fetch-site': 'same-origin' }
    const answers = [
      signedIn,
      cookies,
      await client('POST', '/tokens'),
      await client('POST', '/refresh', { authorization: `Bearer ${signedIn.body.refresh_token}` }),
      await client('POST', '/refresh', own),
      await client('GET', '/sessions', bearer),
      await client('POST', '/logout', own),
    ]
    for (const { status, headers } of answers) {
      assert.ok(status === 200 || status === 204)
      assert.equal(headers.get('cache-control'), 'no-store')
    }
    const raw = await sendRaw(
      origin,
      ['POST /login HTTP/1.1', 'Content-Type: application/json'],
      IN_COOKIES,
    )
    assert.equal(raw.head.match(/^set-cookie: [^,\r\n]+\r?$/gim)?.length, 3)
  },

  'nothing that a request says becomes a header of the answer': async ({ client, origin }) => {
    const name = 'ada\r\nSet-Cookie: thief=1'
    const signedIn = await client(
      'POST',
      '/login',
      JSON_BODY,
      JSON.stringify({ username: name, password: 'open sesame', mode: 'cookie' }),
    )
    assert.equal(signedIn.headers.getSetCookie().length, 3)
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
