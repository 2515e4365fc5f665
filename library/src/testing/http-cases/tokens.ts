import assert from 'node:assert/strict'
import { COOKIES } from '../../protocol.ts'
import {
  ATTEMPT,
  bearer,
  COOKIE_CREDENTIALS,
  cookieHeader,
  CREDENTIALS,
  FORM_BODY,
  JSON_BODY,
  SAME_ORIGIN,
  SESSION_ID,
  signIn,
  signInWithCookies,
  type HttpCases,
} from './case.ts'

/** Sign-in, use, refresh and sign-out, in both modes. */
export const TOKENS: HttpCases = {
  'header mode: sign-in returns both tokens, and the access token opens a route': async ({
    client,
  }) => {
    const tokens = await signIn(client)
    assert.deepEqual(Object.keys(tokens), [
      'access_token',
      'refresh_token',
      'token_type',
      'expires_in',
      'refresh_expires_in',
      'session_id',
      'generation',
    ])
    assert.match(tokens.session_id, SESSION_ID)
    const authorized = bearer(tokens.access_token)
    assert.deepEqual((await client('GET', '/private', authorized)).body, { identity: 'ada' })
    const lowerCase = { authorization: `bearer ${tokens.access_token}` }
    assert.deepEqual((await client('POST', '/private', lowerCase)).body, { identity: 'ada' })
  },

  'header mode: a refresh token in a header or in JSON is accepted': async ({ client }) => {
    const { refresh_token } = await signIn(client)
    const headers = { ...bearer(refresh_token), 'refresh-attempt': ATTEMPT }
    const refreshed = await client('POST', '/refresh', headers)
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.headers.get('cache-control'), 'no-store')
    assert.equal(refreshed.body.refresh_token, refresh_token, 'repeated within the grace')
    const inJson = await client('POST', '/refresh', JSON_BODY, JSON.stringify({ refresh_token }))
    assert.equal(inJson.status, 200)
  },

  'header mode: after a sign-out both tokens are refused': async ({ client }) => {
    const { access_token, refresh_token } = await signIn(client)
    assert.equal((await client('POST', '/logout', bearer(refresh_token))).status, 204)
    const refused = await client('GET', '/private', bearer(access_token))
    assert.equal(refused.status, 401)
    assert.equal(refused.body.error, 'session_signed_out')
    assert.match(
      refused.headers.get('www-authenticate')!,
      /^Bearer realm="latchkey", error="invalid_token"/,
    )
    assert.equal(
      (await client('POST', '/refresh', bearer(refresh_token))).body.error,
      'session_signed_out',
    )
  },

  'cookie mode: sign-in sets four cookies with their attributes, and returns no token': async ({
    client,
  }) => {
    const signedIn = await client('POST', '/login', JSON_BODY, COOKIE_CREDENTIALS)
    assert.deepEqual(Object.keys(signedIn.body), [
      'expires_in',
      'refresh_expires_in',
      'session_id',
      'generation',
    ])
    const cookies = signedIn.headers.getSetCookie()
    assert.equal(cookies.length, 4)
    for (const cookie of cookies) {
      const lifetime = cookie.startsWith('latchkey-device') ? 34_560_000 : 2_592_000
      assert.ok(cookie.includes(`; Path=/; Max-Age=${lifetime};`), cookie)
      assert.match(cookie, /; SameSite=Lax$/)
      assert.equal(cookie.includes('HttpOnly'), !cookie.startsWith(COOKIES.session), cookie)
      assert.doesNotMatch(cookie, /Domain/)
    }
    assert.ok(cookies.join('').length < 2048, 'all cookies together stay small')
    const cookie = cookieHeader(signedIn)
    assert.deepEqual((await client('GET', '/private', { cookie })).body, { identity: 'ada' })
  },

  'cookie mode: a repeat sets the access cookie only, a rotation sets all three': async ({
    client,
    advanceTime,
  }) => {
    const { cookie } = await signInWithCookies(client)
    const headers = { cookie, ...SAME_ORIGIN, 'refresh-attempt': ATTEMPT }
    const repeated = await client('POST', '/refresh', headers)
    assert.equal(repeated.status, 200)
    assert.equal(repeated.body.access_token, undefined)
    assert.deepEqual(
      repeated.headers.getSetCookie().map((setCookie) => setCookie.split('=')[0]),
      [COOKIES.access],
    )
    advanceTime(31)
    const rotated = await client('POST', '/refresh', headers)
    assert.equal(rotated.headers.getSetCookie().length, 3)
  },

  'cookie mode: sign-out deletes the cookies and ends the session': async ({ client }) => {
    const { cookie } = await signInWithCookies(client)
    const signedOut = await client('POST', '/logout', { cookie, ...SAME_ORIGIN })
    assert.equal(signedOut.status, 204)
    const cookies = signedOut.headers.getSetCookie()
    assert.ok(cookies.length > 0 && cookies.every((value) => value.includes('Max-Age=0')))
    assert.equal((await client('GET', '/private', { cookie })).status, 401)
    for (const [sent, code] of [
      [cookie, 'session_signed_out'],
      [`${COOKIES.refresh}=x`, 'token_invalid'],
      ['', 'token_missing'],
    ] as const) {
      const again = await client('POST', '/logout', {
        ...(sent && { cookie: sent }),
        ...SAME_ORIGIN,
      })
      assert.deepEqual([again.status, again.body.error], [401, code], 'nothing has ended')
      assert.equal(again.headers.getSetCookie().length, cookies.length, 'cookies are cleared')
    }
  },

  'sign-in: wrong credentials, an unknown mode and unreadable bodies are refused': async ({
    client,
  }) => {
    const post = (body: string, headers: Record<string, string> = JSON_BODY) =>
      client('POST', '/login', headers, body)
    const wrong = await post('{"username":"ada","password":"guess"}')
    assert.equal(wrong.status, 401)
    assert.equal(wrong.body.error, 'credentials_invalid')
    assert.equal((await post('{"username":"ada","mode":"url"}')).body.error, 'request_invalid')
    assert.equal((await post('{"username":')).status, 400)
    assert.equal((await post(CREDENTIALS, { 'content-type': 'text/plain' })).status, 415)
  },

  'sign-in: a form body and sendTokens return tokens that open a route': async ({ client }) => {
    const form = await client('POST', '/login', FORM_BODY, 'username=ada&password=open+sesame')
    const sent = await client('POST', '/tokens')
    for (const { body } of [form, sent]) {
      const opened = await client('GET', '/private', bearer(body.access_token))
      assert.deepEqual(opened.body, { identity: 'ada' })
    }
  },

  'sign-in over a session: the session of the replaced cookies ends': async ({ client }) => {
    const { cookie } = await signInWithCookies(client)
    await client('POST', '/login', { ...JSON_BODY, cookie, ...SAME_ORIGIN }, COOKIE_CREDENTIALS)
    assert.equal((await client('GET', '/private', { cookie })).body.error, 'session_signed_out')
  },

  'GET /.well-known/jwks.json needs no token': async ({ client }) => {
    const jwks = await client('GET', '/.well-known/jwks.json')
    assert.equal(jwks.status, 200)
    assert.deepEqual(jwks.body, { keys: [] })
  },
}
