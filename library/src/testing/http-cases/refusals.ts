import assert from 'node:assert/strict'
import { COOKIES } from '../../protocol.ts'
import { CREDENTIALS, JSON_BODY, type HttpCases } from './case.ts'

/** What is refused, and how. */
export const REFUSALS: HttpCases = {
  'refusals: code, status and challenge of each': async ({ client, pass }) => {
    const { access_token, refresh_token } = (await client('POST', '/login', JSON_BODY, CREDENTIALS))
      .body
    const cases: Array<[headers: Record<string, string>, code: string, challenge: RegExp]> = [
      [{}, 'token_missing', /^Bearer realm="latchkey"$/],
      [{ authorization: 'Basic YTpi' }, 'token_missing', /^Bearer realm="latchkey"$/],
      [{ authorization: 'Bearer' }, 'token_invalid', /error="invalid_token"/],
      [{ authorization: 'Bearer x y' }, 'token_invalid', /error="invalid_token"/],
      [
        { authorization: `Bearer ${access_token}, Bearer ${access_token}` },
        'token_invalid',
        /error="invalid_token"/,
      ],
      [
        { authorization: `Bearer ${access_token.slice(0, -3)}AAA` },
        'token_invalid',
        /error="invalid_token"/,
      ],
      [{ authorization: `Bearer ${refresh_token}` }, 'token_type_invalid', /error="invalid_token"/],
      [
        { cookie: `${COOKIES.access}=${access_token}; ${COOKIES.access}=${access_token}` },
        'token_missing',
        /^Bearer/,
      ],
    ]
    for (const [headers, code, challenge] of cases) {
      const answer = await client('GET', '/private', headers)
      assert.equal(answer.status, 401)
      assert.equal(answer.body.error, code)
      assert.equal(typeof answer.body.message, 'string')
      assert.match(answer.headers.get('www-authenticate')!, challenge)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
    assert.equal(
      (await client('POST', '/refresh', { authorization: `Bearer ${access_token}` })).body.error,
      'token_type_invalid',
    )
    assert.equal((await client('POST', '/refresh')).body.error, 'token_missing')
    pass(301)
    assert.equal(
      (await client('GET', '/private', { authorization: `Bearer ${access_token}` })).body.error,
      'token_expired',
    )
    assert.equal(
      (await client('GET', `/private?access_token=${access_token}`)).body.error,
      'token_missing',
      'never from the address',
    )
  },

  'fresh and optional': async ({ client }) => {
    const { access_token, refresh_token } = (await client('POST', '/login', JSON_BODY, CREDENTIALS))
      .body
    assert.equal(
      (await client('GET', '/fresh', { authorization: `Bearer ${access_token}` })).status,
      200,
    )
    const refreshed = (
      await client('POST', '/refresh', { authorization: `Bearer ${refresh_token}` })
    ).body
    const stale = await client('GET', '/fresh', {
      authorization: `Bearer ${refreshed.access_token}`,
    })
    assert.equal(stale.body.error, 'fresh_required')
    assert.match(stale.headers.get('www-authenticate')!, /error="insufficient_user_authentication"/)
    assert.deepEqual((await client('GET', '/optional')).body, { identity: null })
    assert.deepEqual(
      (await client('GET', '/optional', { authorization: `Bearer ${access_token}` })).body,
      { identity: 'ada' },
    )
    assert.equal(
      (await client('GET', '/optional', { authorization: 'Bearer broken' })).status,
      401,
      'only a missing token is forgiven',
    )
  },

  'bad bodies and methods are refused with the status that says why': async ({ client }) => {
    const json = { 'content-type': 'application/json' }
    const cases: Array<[headers: Record<string, string>, body: string, status: number]> = [
      [json, '{"refresh_token":', 400],
      [json, '["refresh_token"]', 400],
      [json, 'null', 400],
      [{ 'content-type': 'text/plain' }, 'refresh_token=x', 415],
      [
        { 'content-type': 'application/x-www-form-urlencoded' },
        'refresh_token=a&refresh_token=b',
        400,
      ],
      [json, `{"refresh_token":"${'x'.repeat(20_000)}"}`, 413],
      [json, '{"refresh_token":7}', 401],
      [{ ...json, 'refresh-attempt': 'short' }, '{"refresh_token":"x"}', 400],
    ]
    for (const [headers, body, status] of cases)
      assert.equal(
        (await client('POST', '/refresh', headers, body)).status,
        status,
        body.slice(0, 40),
      )
    const wrong = await client('GET', '/refresh')
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'POST')
    assert.equal((await client('GET', '/nothing-here')).status, 404)
  },
}
