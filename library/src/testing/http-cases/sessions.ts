import assert from 'node:assert/strict'
import { CREDENTIALS, IN_COOKIES, JSON_BODY, type HttpCases } from './case.ts'

/** Listing and ending sessions. */
export const SESSIONS: HttpCases = {
  'sessions: list, end one, end the others; never somebody else’s': async ({ client, auth }) => {
    const mine = (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
    const other = (
      await client('POST', '/login', { ...JSON_BODY, 'user-agent': 'another device' }, CREDENTIALS)
    ).body
    const bearer = { authorization: `Bearer ${mine.access_token}` }
    const { sessions } = (await client('GET', '/sessions', bearer)).body
    assert.deepEqual(
      new Map(sessions.map(({ id, current, ended }) => [id, { current, ended }])),
      new Map([
        [mine.session_id, { current: true, ended: null }],
        [other.session_id, { current: false, ended: null }],
      ]),
    )
    assert.ok(
      !JSON.stringify(sessions).includes(mine.refresh_token),
      'a list names, it does not open',
    )
    const stranger = await auth.signIn('eve')
    assert.equal(
      (await client('DELETE', `/sessions/${stranger.sessionId}`, bearer)).body.error,
      'not_found',
    )
    assert.equal((await client('DELETE', `/sessions/${other.session_id}`, bearer)).status, 204)
    assert.equal(
      (await client('GET', '/private', { authorization: `Bearer ${other.access_token}` })).status,
      401,
    )
    await client('POST', '/login', JSON_BODY, CREDENTIALS)
    assert.deepEqual((await client('DELETE', '/sessions', bearer)).body, { ended: 1 })
    assert.equal((await client('GET', '/private', bearer)).status, 200)
    assert.equal((await client('DELETE', `/sessions/${mine.session_id}`, bearer)).status, 204)
    assert.equal((await client('GET', '/private', bearer)).status, 401)
    assert.equal((await client('GET', '/sessions')).body.error, 'token_missing')
  },

  'a sign-out everywhere, and never by a token of a session that is over': async ({ client }) => {
    const enter = async () => (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
    const [first, second] = [await enter(), await enter()]
    const everywhere = (token: string) =>
      client(
        'POST',
        '/logout',
        { ...JSON_BODY, authorization: `Bearer ${token}` },
        '{"everywhere":true}',
      )
    assert.equal((await everywhere(first.refresh_token)).status, 204)
    for (const { access_token } of [first, second])
      assert.equal(
        (await client('GET', '/private', { authorization: `Bearer ${access_token}` })).status,
        401,
      )
    const later = await enter()
    assert.equal((await everywhere(first.refresh_token)).status, 204)
    assert.equal(
      (await client('GET', '/private', { authorization: `Bearer ${later.access_token}` })).status,
      200,
    )
  },

  'a ticket: for whoever is signed in, once, and for what it was asked for': async ({
    client,
    auth,
  }) => {
    const tokens = (await client('POST', '/login', JSON_BODY, IN_COOKIES)).headers.getSetCookie()
    const cookie = tokens.map((each) => each.split(';')[0]).join('; ')
    const own = { cookie, 'sec-fetch-site': 'same-origin' }
    const { ticket } = (await client('POST', '/ticket', own)).body
    assert.deepEqual(
      await auth.redeemTicket(ticket, { audience: '/live' }),
      await auth.redeemTicket('x'),
      'not for something else',
    )
    const redeemed = await auth.redeemTicket(ticket)
    assert.ok(redeemed.ok && redeemed.identity === 'ada' && redeemed.claims.place === 'cave')
    assert.equal((await auth.redeemTicket(ticket)).ok, false, 'once')
    const asked = await client('POST', '/ticket', { ...own, ...JSON_BODY }, '{"audience":"/live"}')
    assert.equal(asked.headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(asked.body), ['ticket', 'expires_in'])
    assert.equal((await auth.redeemTicket(asked.body.ticket, { audience: '/live' })).ok, true)
    assert.equal(
      (
        await client(
          'POST',
          '/ticket',
          { ...own, ...JSON_BODY },
          `{"audience":"${'x'.repeat(300)}"}`,
        )
      ).body.error,
      'request_invalid',
    )
    assert.equal((await client('POST', '/ticket')).body.error, 'token_missing')
    assert.equal(
      (await client('POST', '/ticket', { cookie, 'sec-fetch-site': 'cross-site' })).body.error,
      'csrf_refused',
    )
    assert.equal((await client('GET', '/ticket', own)).status, 405)
  },
}
