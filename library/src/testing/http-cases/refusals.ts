import assert from 'node:assert/strict'
import { COOKIES } from '../../protocol.ts'
import { bearer, FORM_BODY, JSON_BODY, signIn, type HttpCases, type TestResponse } from './case.ts'

const NO_TOKEN_CHALLENGE = /^Bearer realm="latchkey"$/
/** RFC 9470, section 3. */
const STEP_UP_CHALLENGE = /error="insufficient_user_authentication", .*max_age="300"$/
const INVALID_TOKEN_CHALLENGE = /error="invalid_token"/

/** Refusals: code, status and challenge. */
export const REFUSALS: HttpCases = {
  'guard: a missing or bad token is refused with a code and a challenge': async ({ client }) => {
    const { access_token, refresh_token } = await signIn(client)
    const cookie = `${COOKIES.access}=${access_token}`
    const cases: Array<[headers: Record<string, string>, code: string, challenge: RegExp]> = [
      [{}, 'token_missing', NO_TOKEN_CHALLENGE],
      [{ authorization: 'Basic YTpi' }, 'token_missing', NO_TOKEN_CHALLENGE],
      [{ authorization: 'Bearer' }, 'token_invalid', INVALID_TOKEN_CHALLENGE],
      [bearer('x y'), 'token_invalid', INVALID_TOKEN_CHALLENGE],
      [bearer(`${access_token}, Bearer ${access_token}`), 'token_invalid', INVALID_TOKEN_CHALLENGE],
      [bearer(`${access_token.slice(0, -3)}AAA`), 'token_invalid', INVALID_TOKEN_CHALLENGE],
      [bearer(refresh_token), 'token_type_invalid', INVALID_TOKEN_CHALLENGE],
      [{ cookie: `${cookie}x; ${cookie}y` }, 'token_invalid', INVALID_TOKEN_CHALLENGE],
    ]
    for (const [headers, code, challenge] of cases)
      assertRefused(await client('GET', '/private', headers), code, challenge)
  },

  'refresh: an access token, or none, is refused': async ({ client }) => {
    const { access_token } = await signIn(client)
    assert.equal(
      (await client('POST', '/refresh', bearer(access_token))).body.error,
      'token_type_invalid',
    )
    assert.equal((await client('POST', '/refresh')).body.error, 'token_missing')
  },

  'guard: an expired token is refused, and one in the query string is not read': async ({
    client,
    advanceTime,
  }) => {
    const { access_token } = await signIn(client)
    advanceTime(301)
    assert.equal(
      (await client('GET', '/private', bearer(access_token))).body.error,
      'token_expired',
    )
    assert.equal(
      (await client('GET', `/private?access_token=${access_token}`)).body.error,
      'token_missing',
    )
  },

  'requirement "fresh": a token from a sign-in passes, one from a refresh is refused': async ({
    client,
  }) => {
    const { access_token, refresh_token } = await signIn(client)
    assert.equal((await client('GET', '/fresh', bearer(access_token))).status, 200)
    const refreshed = (await client('POST', '/refresh', bearer(refresh_token))).body
    const stale = await client('GET', '/fresh', bearer(refreshed.access_token))
    assert.equal(stale.body.error, 'fresh_required')
    assert.match(stale.headers.get('www-authenticate')!, /error="insufficient_user_authentication"/)
  },

  'requirement "maxAge": counts from the sign-in, which a refresh does not repeat': async ({
    client,
    advanceTime,
  }) => {
    const { refresh_token } = await signIn(client)
    const refreshed = (await client('POST', '/refresh', bearer(refresh_token))).body
    advanceTime(200)
    assert.equal((await client('GET', '/recent', bearer(refreshed.access_token))).status, 200)
    advanceTime(101)
    const latest = (await client('POST', '/refresh', bearer(refreshed.refresh_token))).body
    const old = await client('GET', '/recent', bearer(latest.access_token))
    assertRefused(old, 'reauthentication_required', STEP_UP_CHALLENGE)
    const again = await signIn(client)
    assert.equal((await client('GET', '/recent', bearer(again.access_token))).status, 200)
  },

  'requirement "optional": a missing token passes, a bad one is refused': async ({ client }) => {
    const { access_token } = await signIn(client)
    assert.deepEqual((await client('GET', '/optional')).body, { identity: null })
    assert.deepEqual((await client('GET', '/optional', bearer(access_token))).body, {
      identity: 'ada',
    })
    assert.equal((await client('GET', '/optional', bearer('broken'))).status, 401)
  },

  'bad bodies and methods are refused with 400, 401, 404, 405, 413 or 415': async ({ client }) => {
    const cases: Array<[headers: Record<string, string>, body: string, status: number]> = [
      [JSON_BODY, '{"refresh_token":', 400],
      [JSON_BODY, '["refresh_token"]', 400],
      [JSON_BODY, 'null', 400],
      [{ 'content-type': 'text/plain' }, 'refresh_token=x', 415],
      [FORM_BODY, 'refresh_token=a&refresh_token=b', 400],
      [JSON_BODY, `{"refresh_token":"${'x'.repeat(20_000)}"}`, 413],
      [JSON_BODY, '{"refresh_token":7}', 401],
      [{ ...JSON_BODY, 'refresh-attempt': 'short' }, '{"refresh_token":"x"}', 400],
    ]
    for (const [headers, body, status] of cases) {
      const response = await client('POST', '/refresh', headers, body)
      assert.equal(response.status, status, body.slice(0, 40))
    }
    const wrongMethod = await client('GET', '/refresh')
    assert.equal(wrongMethod.status, 405)
    assert.equal(wrongMethod.headers.get('allow'), 'POST')
    assert.equal((await client('GET', '/nothing-here')).status, 404)
  },
}

function assertRefused({ status, headers, body }: TestResponse, code: string, challenge: RegExp) {
  assert.equal(status, 401)
  assert.equal(body.error, code)
  assert.equal(typeof body.message, 'string')
  assert.match(headers.get('www-authenticate')!, challenge)
  assert.equal(headers.get('cache-control'), 'no-store')
}
