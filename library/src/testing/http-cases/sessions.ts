import assert from 'node:assert/strict'
import {
  bearer,
  CREDENTIALS,
  CROSS_SITE,
  JSON_BODY,
  SAME_ORIGIN,
  signIn,
  signInWithCookies,
  type HttpCases,
} from './case.ts'

/** Listing and ending sessions, and tickets. */
export const SESSIONS: HttpCases = {
  'GET /sessions lists the sessions of the identity, without tokens': async ({ client }) => {
    const own = await signIn(client)
    const headers = { ...JSON_BODY, 'user-agent': 'another device' }
    const other = (await client('POST', '/login', headers, CREDENTIALS)).body
    const { sessions } = (await client('GET', '/sessions', bearer(own.access_token))).body
    assert.deepEqual(
      new Map(sessions.map(({ id, current, ended }) => [id, { current, ended }])),
      new Map([
        [own.session_id, { current: true, ended: null }],
        [other.session_id, { current: false, ended: null }],
      ]),
    )
    assert.ok(!JSON.stringify(sessions).includes(own.refresh_token))
    assert.equal((await client('GET', '/sessions')).body.error, 'token_missing')
  },

  'DELETE /sessions/:id ends a session of the identity, and of no other': async ({
    client,
    auth,
  }) => {
    const [own, other] = [await signIn(client), await signIn(client)]
    const authorized = bearer(own.access_token)
    const foreign = await auth.signIn('eve')
    assert.equal(
      (await client('DELETE', `/sessions/${foreign.sessionId}`, authorized)).body.error,
      'not_found',
    )
    assert.equal((await client('DELETE', `/sessions/${other.session_id}`, authorized)).status, 204)
    assert.equal((await client('GET', '/private', bearer(other.access_token))).status, 401)
    const again = await client('DELETE', `/sessions/${other.session_id}`, authorized)
    assert.equal(again.status, 404, 'it has ended before')
    assert.equal((await client('GET', '/private', authorized)).status, 200)
    assert.equal((await client('DELETE', `/sessions/${own.session_id}`, authorized)).status, 204)
    assert.equal((await client('GET', '/private', authorized)).status, 401)
  },

  'DELETE /sessions ends every session but the current one': async ({ client }) => {
    const authorized = bearer((await signIn(client)).access_token)
    await signIn(client)
    assert.deepEqual((await client('DELETE', '/sessions', authorized)).body, { ended: 1 })
    assert.equal((await client('GET', '/private', authorized)).status, 200)
  },

  'sign-out everywhere ends all sessions; a token of an ended session ends none': async ({
    client,
  }) => {
    const [first, second] = [await signIn(client), await signIn(client)]
    const signOutEverywhere = (token: string) =>
      client('POST', '/logout', { ...JSON_BODY, ...bearer(token) }, '{"everywhere":true}')
    assert.equal((await signOutEverywhere(first.refresh_token)).status, 204)
    for (const { access_token } of [first, second])
      assert.equal((await client('GET', '/private', bearer(access_token))).status, 401)
    const later = await signIn(client)
    assert.equal((await signOutEverywhere(first.refresh_token)).body.error, 'session_signed_out')
    assert.equal((await client('GET', '/private', bearer(later.access_token))).status, 200)
  },

  'a ticket is redeemed once, and only for its audience': async ({ client, auth }) => {
    const browser = { cookie: (await signInWithCookies(client)).cookie, ...SAME_ORIGIN }
    const { ticket } = (await client('POST', '/ticket', browser)).body
    assert.deepEqual(
      await auth.redeemTicket(ticket, { audience: '/live' }),
      await auth.redeemTicket('x'),
      'a ticket without an audience is refused for "/live"',
    )
    const redeemed = await auth.redeemTicket(ticket)
    assert.ok(redeemed.ok && redeemed.identity === 'ada' && redeemed.claims.role === 'admin')
    assert.equal((await auth.redeemTicket(ticket)).ok, false, 'a second time')
    const headers = { ...browser, ...JSON_BODY }
    const bound = await client('POST', '/ticket', headers, '{"audience":"/live"}')
    assert.equal(bound.headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(bound.body), ['ticket', 'expires_in'])
    assert.equal((await auth.redeemTicket(bound.body.ticket, { audience: '/live' })).ok, true)
  },

  'POST /ticket refuses a missing token, another site, a long audience and GET': async ({
    client,
  }) => {
    const { cookie } = await signInWithCookies(client)
    const browser = { cookie, ...SAME_ORIGIN }
    const longAudience = JSON.stringify({ audience: 'x'.repeat(300) })
    assert.equal(
      (await client('POST', '/ticket', { ...browser, ...JSON_BODY }, longAudience)).body.error,
      'request_invalid',
    )
    assert.equal((await client('POST', '/ticket')).body.error, 'token_missing')
    assert.equal(
      (await client('POST', '/ticket', { cookie, ...CROSS_SITE })).body.error,
      'csrf_refused',
    )
    assert.equal((await client('GET', '/ticket', browser)).status, 405)
  },
}
