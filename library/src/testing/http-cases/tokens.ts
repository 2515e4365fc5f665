import assert from 'node:assert/strict'
import { COOKIES } from '../../protocol.ts'
import { ATTEMPT, CREDENTIALS, IN_COOKIES, JSON_BODY, SESSION_ID, type HttpCases } from './case.ts'

/** Signing in, using tokens and renewing them, in both modes. */
export const TOKENS: HttpCases = {
  'header mode: sign in, use, refresh, sign out': async ({ client }) => {
    const tokens = (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
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
    const bearer = { authorization: `Bearer ${tokens.access_token}` }
    assert.deepEqual((await client('GET', '/private', bearer)).body, { identity: 'ada' })
    assert.deepEqual(
      (await client('POST', '/private', { authorization: `bearer ${tokens.access_token}` })).body,
      { identity: 'ada' },
    )
    const refreshed = await client('POST', '/refresh', {
      authorization: `Bearer ${tokens.refresh_token}`,
      'refresh-attempt': ATTEMPT,
    })
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.headers.get('cache-control'), 'no-store')
    assert.equal(
      refreshed.body.refresh_token,
      tokens.refresh_token,
      'a young generation is repeated',
    )
    const inJson = await client(
      'POST',
      '/refresh',
      { 'content-type': 'application/json' },
      JSON.stringify({ refresh_token: tokens.refresh_token }),
    )
    assert.equal(inJson.status, 200)
    assert.equal(
      (await client('POST', '/logout', { authorization: `Bearer ${tokens.refresh_token}` })).status,
      204,
    )
    const after = await client('GET', '/private', bearer)
    assert.equal(after.status, 401)
    assert.equal(after.body.error, 'session_signed_out')
    assert.match(
      after.headers.get('www-authenticate')!,
      /^Bearer realm="latchkey", error="invalid_token"/,
    )
    assert.equal(
      (await client('POST', '/refresh', { authorization: `Bearer ${tokens.refresh_token}` })).body
        .error,
      'session_signed_out',
    )
  },

  'cookie mode: no token in a body, and no cookie without its attributes': async ({
    client,
    pass,
  }) => {
    const signedIn = await client('POST', '/login', JSON_BODY, IN_COOKIES)
    assert.deepEqual(Object.keys(signedIn.body), [
      'expires_in',
      'refresh_expires_in',
      'session_id',
      'generation',
    ])
    const set = signedIn.headers.getSetCookie()
    assert.equal(set.length, 3)
    for (const cookie of set) {
      assert.match(cookie, /; Path=\/; Max-Age=2592000;/)
      assert.match(cookie, /; SameSite=Lax$/)
      assert.equal(cookie.includes('HttpOnly'), !cookie.startsWith(COOKIES.session), cookie)
      assert.doesNotMatch(cookie, /Domain/)
    }
    assert.ok(set.join('').length < 2048, 'all cookies together stay small')
    const cookie = set.map((each) => each.split(';')[0]).join('; ')
    assert.deepEqual((await client('GET', '/private', { cookie })).body, { identity: 'ada' })
    const refreshed = await client('POST', '/refresh', {
      cookie,
      'sec-fetch-site': 'same-origin',
      'refresh-attempt': ATTEMPT,
    })
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.body.access_token, undefined)
    assert.deepEqual(
      refreshed.headers.getSetCookie().map((each) => each.split('=')[0]),
      [COOKIES.access],
      'a late repeat puts no token back',
    )
    pass(31)
    const rotated = await client('POST', '/refresh', {
      cookie,
      'sec-fetch-site': 'same-origin',
      'refresh-attempt': ATTEMPT,
    })
    assert.equal(rotated.headers.getSetCookie().length, 3)
    const out = await client('POST', '/logout', { cookie, 'sec-fetch-site': 'same-origin' })
    assert.equal(out.status, 204)
    assert.ok(out.headers.getSetCookie().every((each) => each.includes('Max-Age=0')))
    assert.equal((await client('GET', '/private', { cookie })).status, 401)
  },

  'sign-in: refused, from another site, and over an older session': async ({ client }) => {
    const wrong = await client('POST', '/login', JSON_BODY, '{"username":"ada","password":"guess"}')
    assert.equal(wrong.status, 401)
    assert.equal(wrong.body.error, 'credentials_invalid')
    assert.equal(
      (await client('POST', '/login', JSON_BODY, '{"username":"ada","mode":"url"}')).body.error,
      'request_invalid',
    )
    assert.equal((await client('POST', '/login', JSON_BODY, '{"username":')).status, 400)
    assert.equal(
      (await client('POST', '/login', { 'content-type': 'text/plain' }, CREDENTIALS)).status,
      415,
    )
    const crossSite = { 'sec-fetch-site': 'cross-site' }
    assert.equal(
      (await client('POST', '/login', { ...JSON_BODY, ...crossSite }, IN_COOKIES)).body.error,
      'csrf_refused',
    )
    assert.equal(
      (await client('POST', '/login', { ...JSON_BODY, ...crossSite }, CREDENTIALS)).status,
      200,
      'tokens in JSON go to who asked',
    )
    const form = await client(
      'POST',
      '/login',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'username=ada&password=open+sesame',
    )
    assert.deepEqual(
      (await client('GET', '/private', { authorization: `Bearer ${form.body.access_token}` })).body,
      { identity: 'ada' },
    )
    const first = await client('POST', '/login', JSON_BODY, IN_COOKIES)
    const cookie = first.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    await client(
      'POST',
      '/login',
      { ...JSON_BODY, cookie, 'sec-fetch-site': 'same-origin' },
      IN_COOKIES,
    )
    assert.equal(
      (await client('GET', '/private', { cookie })).body.error,
      'session_signed_out',
      'the session that was replaced has ended',
    )
    const entered = (await client('POST', '/tokens')).body
    assert.deepEqual(
      (await client('GET', '/private', { authorization: `Bearer ${entered.access_token}` })).body,
      { identity: 'ada' },
    )
  },

  'the key set is public': async ({ client }) => {
    const jwks = await client('GET', '/.well-known/jwks.json')
    assert.equal(jwks.status, 200)
    assert.deepEqual(jwks.body, { keys: [] })
  },
}
