import assert from 'node:assert/strict'
import { createAuth, type Auth } from '../http/auth.ts'
import type { CheckCredentials } from '../http/sign-in-route.ts'
import { COOKIES } from '../protocol.ts'
import { memoryStore } from '../stores/memory.ts'

/** A program under test: an adapter in its framework, on a port of its own. */
export interface HostedApp {
  /** Such as `http://127.0.0.1:49152`. */
  origin: string
  close(): unknown
}

export interface HttpContract {
  /** The runner's `test`. */
  test(name: string, body: () => Promise<void>): unknown
  /**
   * Starts an app with the adapter's four names: `POST /enter` answers `sendTokens` for the identity `ada`; `GET` and `POST /private` stand behind a guard and answer `{ identity }` of `getAuth`; `GET /fresh` behind one with
   * `fresh`; `GET /optional` behind one with `optional`; and `routes(auth, { signIn })` is mounted with the `signIn` given here.
   */
  start(auth: Auth, signIn: CheckCredentials): Promise<HostedApp>
}

const ADA = { 'content-type': 'application/json' }
const CREDENTIALS = JSON.stringify({ username: 'ada', password: 'open sesame' })
const IN_COOKIES = JSON.stringify({ username: 'ada', password: 'open sesame', mode: 'cookie' })
const ATTEMPT = 'AAAAAAAAAAAAAAAAAAAAAA'
const SESSION_ID = /^[\w-]{22}$/

/** What every adapter must do over a real socket: the same file passes through each, or the adapter is not done. */
export function httpContract({ test, start }: HttpContract): void {
  let now = Date.UTC(2026, 10, 23, 12)
  const check = (name: string, body: (client: Client, auth: Auth) => Promise<void>) =>
    test(name, async () => {
      const auth = createAuth({
        secret: 'a secret of more than thirty-two bytes',
        store: memoryStore(),
        now: () => now,
        origins: ['https://app.example'],
        dangerouslyInsecureCookies: true,
      })
      const app = await start(auth, ({ username, password }) => (password === 'open sesame' ? { identity: String(username), claims: { place: 'cave' } } : null))
      try {
        await body(clientOf(app.origin), auth)
      } finally {
        await app.close()
      }
    })

  check('header mode: sign in, use, refresh, sign out', async (client) => {
    const tokens = (await client('POST', '/login', ADA, CREDENTIALS)).body
    assert.deepEqual(Object.keys(tokens), ['access_token', 'refresh_token', 'token_type', 'expires_in', 'refresh_expires_in', 'session_id', 'generation'])
    assert.match(tokens.session_id, SESSION_ID)
    const bearer = { authorization: `Bearer ${tokens.access_token}` }
    assert.deepEqual((await client('GET', '/private', bearer)).body, { identity: 'ada' })
    assert.deepEqual((await client('POST', '/private', { authorization: `bearer ${tokens.access_token}` })).body, { identity: 'ada' })
    const refreshed = await client('POST', '/refresh', { authorization: `Bearer ${tokens.refresh_token}`, 'refresh-attempt': ATTEMPT })
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.headers.get('cache-control'), 'no-store')
    assert.equal(refreshed.body.refresh_token, tokens.refresh_token, 'a young generation is repeated')
    const inJson = await client('POST', '/refresh', { 'content-type': 'application/json' }, JSON.stringify({ refresh_token: tokens.refresh_token }))
    assert.equal(inJson.status, 200)
    assert.equal((await client('POST', '/logout', { authorization: `Bearer ${tokens.refresh_token}` })).status, 204)
    const after = await client('GET', '/private', bearer)
    assert.equal(after.status, 401)
    assert.equal(after.body.error, 'session_signed_out')
    assert.match(after.headers.get('www-authenticate')!, /^Bearer realm="latchkey", error="invalid_token"/)
    assert.equal((await client('POST', '/refresh', { authorization: `Bearer ${tokens.refresh_token}` })).body.error, 'session_signed_out')
  })

  check('cookie mode: no token in a body, and no cookie without its attributes', async (client) => {
    const signedIn = await client('POST', '/login', ADA, IN_COOKIES)
    assert.deepEqual(Object.keys(signedIn.body), ['expires_in', 'refresh_expires_in', 'session_id', 'generation'])
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
    const refreshed = await client('POST', '/refresh', { cookie, 'sec-fetch-site': 'same-origin', 'refresh-attempt': ATTEMPT })
    assert.equal(refreshed.status, 200)
    assert.equal(refreshed.body.access_token, undefined)
    assert.deepEqual(refreshed.headers.getSetCookie().map((each) => each.split('=')[0]), [COOKIES.access], 'a late repeat puts no token back')
    now += 31_000
    const rotated = await client('POST', '/refresh', { cookie, 'sec-fetch-site': 'same-origin', 'refresh-attempt': ATTEMPT })
    assert.equal(rotated.headers.getSetCookie().length, 3)
    const out = await client('POST', '/logout', { cookie, 'sec-fetch-site': 'same-origin' })
    assert.equal(out.status, 204)
    assert.ok(out.headers.getSetCookie().every((each) => each.includes('Max-Age=0')))
    assert.equal((await client('GET', '/private', { cookie })).status, 401)
  })

  check('sign-in: refused, from another site, and over an older session', async (client) => {
    const wrong = await client('POST', '/login', ADA, '{"username":"ada","password":"guess"}')
    assert.equal(wrong.status, 401)
    assert.equal(wrong.body.error, 'credentials_invalid')
    assert.equal((await client('POST', '/login', ADA, '{"username":"ada","mode":"url"}')).body.error, 'request_invalid')
    assert.equal((await client('POST', '/login', ADA, '{"username":')).body.error, 'request_invalid')
    assert.equal((await client('POST', '/login', { 'content-type': 'text/plain' }, CREDENTIALS)).status, 415)
    const crossSite = { 'sec-fetch-site': 'cross-site' }
    assert.equal((await client('POST', '/login', { ...ADA, ...crossSite }, IN_COOKIES)).body.error, 'csrf_refused')
    assert.equal((await client('POST', '/login', { ...ADA, ...crossSite }, CREDENTIALS)).status, 200, 'tokens in JSON go to who asked')
    const form = await client('POST', '/login', { 'content-type': 'application/x-www-form-urlencoded' }, 'username=ada&password=open+sesame')
    assert.deepEqual((await client('GET', '/private', { authorization: `Bearer ${form.body.access_token}` })).body, { identity: 'ada' })
    const first = await client('POST', '/login', ADA, IN_COOKIES)
    const cookie = first.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
    await client('POST', '/login', { ...ADA, cookie, 'sec-fetch-site': 'same-origin' }, IN_COOKIES)
    assert.equal((await client('GET', '/private', { cookie })).body.error, 'session_signed_out', 'the session that was replaced has ended')
    const entered = (await client('POST', '/enter')).body
    assert.deepEqual((await client('GET', '/private', { authorization: `Bearer ${entered.access_token}` })).body, { identity: 'ada' })
  })

  check('cookies from another site change nothing', async (client) => {
    const cookie = (await client('POST', '/login', ADA, IN_COOKIES)).headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
    const refused: Array<Record<string, string>> = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://app.example.evil.example' },
      {},
    ]
    for (const path of ['/private', '/refresh', '/logout']) {
      for (const headers of refused) {
        const answer = await client('POST', path, { cookie, ...headers })
        assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`)
        assert.equal(answer.body.error, 'csrf_refused')
        assert.equal(answer.headers.getSetCookie().length, 0)
      }
    }
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }, { origin: 'https://app.example' }, { origin: 'https://app.example', 'sec-fetch-site': 'same-site' }]) {
      assert.equal((await client('POST', '/private', { cookie, ...headers })).status, 200)
    }
    assert.equal((await client('GET', '/private', { cookie, 'sec-fetch-site': 'cross-site' })).status, 200, 'a link may lead here')
  })

  check('cookies of another session than the request was made for do nothing', async (client) => {
    const enter = async () => {
      const { headers, body } = await client('POST', '/login', ADA, IN_COOKIES)
      return { cookie: headers.getSetCookie().map((each) => each.split(';')[0]).join('; '), sessionId: body.session_id }
    }
    const [before, now] = [await enter(), await enter()]
    const late = { cookie: now.cookie, 'sec-fetch-site': 'same-origin', 'latchkey-session': before.sessionId }
    for (const method of ['GET', 'POST']) {
      const answer = await client(method, '/private', late)
      assert.deepEqual([answer.status, answer.body.error], [401, 'cookies_replaced'])
      assert.match(answer.headers.get('www-authenticate')!, /error="invalid_token"/)
    }
    assert.equal((await client('GET', '/optional', late)).status, 401)
    const out = await client('POST', '/logout', late)
    assert.deepEqual([out.status, out.headers.getSetCookie()], [204, []], 'a late sign-out leaves the new session its cookies')
    for (const sessionId of [now.sessionId, undefined]) {
      const own = { cookie: now.cookie, ...(sessionId !== undefined && { 'latchkey-session': sessionId }) }
      assert.equal((await client('GET', '/private', own)).status, 200)
    }
    assert.equal((await client('POST', '/logout', { ...late, 'latchkey-session': now.sessionId })).status, 204)
    assert.equal((await client('GET', '/private', { cookie: now.cookie })).body.error, 'session_signed_out')
  })

  check('a sign-out everywhere, and never by a token of a session that is over', async (client) => {
    const enter = async () => (await client('POST', '/login', ADA, CREDENTIALS)).body
    const [first, second] = [await enter(), await enter()]
    const everywhere = (token: string) => client('POST', '/logout', { ...ADA, authorization: `Bearer ${token}` }, '{"everywhere":true}')
    assert.equal((await everywhere(first.refresh_token)).status, 204)
    for (const { access_token } of [first, second]) assert.equal((await client('GET', '/private', { authorization: `Bearer ${access_token}` })).status, 401)
    const later = await enter()
    assert.equal((await everywhere(first.refresh_token)).status, 204)
    assert.equal((await client('GET', '/private', { authorization: `Bearer ${later.access_token}` })).status, 200)
  })

  check('a token that script sends may come from any site', async (client) => {
    const { refresh_token } = (await client('POST', '/login', ADA, CREDENTIALS)).body
    const crossSite = { authorization: `Bearer ${refresh_token}`, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
    assert.equal((await client('POST', '/refresh', crossSite)).status, 200)
    const out = await client('POST', '/logout', crossSite)
    assert.equal(out.status, 204)
    assert.equal(out.headers.getSetCookie().length, 0)
    const withoutToken = await client('POST', '/logout', { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' })
    assert.equal(withoutToken.status, 403, 'nor can another site take cookies away')
  })

  check('refusals: code, status and challenge of each', async (client) => {
    const { access_token, refresh_token } = (await client('POST', '/login', ADA, CREDENTIALS)).body
    const cases: Array<[headers: Record<string, string>, code: string, challenge: RegExp]> = [
      [{}, 'token_missing', /^Bearer realm="latchkey"$/],
      [{ authorization: 'Basic YTpi' }, 'token_missing', /^Bearer realm="latchkey"$/],
      [{ authorization: 'Bearer' }, 'token_invalid', /error="invalid_token"/],
      [{ authorization: 'Bearer x y' }, 'token_invalid', /error="invalid_token"/],
      [{ authorization: `Bearer ${access_token}, Bearer ${access_token}` }, 'token_invalid', /error="invalid_token"/],
      [{ authorization: `Bearer ${access_token.slice(0, -3)}AAA` }, 'token_invalid', /error="invalid_token"/],
      [{ authorization: `Bearer ${refresh_token}` }, 'token_type_wrong', /error="invalid_token"/],
      [{ cookie: `${COOKIES.access}=${access_token}; ${COOKIES.access}=${access_token}` }, 'token_missing', /^Bearer/],
    ]
    for (const [headers, code, challenge] of cases) {
      const answer = await client('GET', '/private', headers)
      assert.equal(answer.status, 401)
      assert.equal(answer.body.error, code)
      assert.equal(typeof answer.body.message, 'string')
      assert.match(answer.headers.get('www-authenticate')!, challenge)
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
    assert.equal((await client('POST', '/refresh', { authorization: `Bearer ${access_token}` })).body.error, 'token_type_wrong')
    assert.equal((await client('POST', '/refresh')).body.error, 'token_missing')
    now += 301_000
    assert.equal((await client('GET', '/private', { authorization: `Bearer ${access_token}` })).body.error, 'token_expired')
    assert.equal((await client('GET', `/private?access_token=${access_token}`)).body.error, 'token_missing', 'never from the address')
  })

  check('fresh and optional', async (client) => {
    const { access_token, refresh_token } = (await client('POST', '/login', ADA, CREDENTIALS)).body
    assert.equal((await client('GET', '/fresh', { authorization: `Bearer ${access_token}` })).status, 200)
    const refreshed = (await client('POST', '/refresh', { authorization: `Bearer ${refresh_token}` })).body
    const stale = await client('GET', '/fresh', { authorization: `Bearer ${refreshed.access_token}` })
    assert.equal(stale.body.error, 'fresh_required')
    assert.match(stale.headers.get('www-authenticate')!, /error="insufficient_user_authentication"/)
    assert.deepEqual((await client('GET', '/optional')).body, { identity: null })
    assert.deepEqual((await client('GET', '/optional', { authorization: `Bearer ${access_token}` })).body, { identity: 'ada' })
    assert.equal((await client('GET', '/optional', { authorization: 'Bearer broken' })).status, 401, 'only a missing token is forgiven')
  })

  check('sessions: list, end one, end the others; never somebody else’s', async (client, auth) => {
    const mine = (await client('POST', '/login', ADA, CREDENTIALS)).body
    const other = (await client('POST', '/login', { ...ADA, 'user-agent': 'another device' }, CREDENTIALS)).body
    const bearer = { authorization: `Bearer ${mine.access_token}` }
    const { sessions } = (await client('GET', '/sessions', bearer)).body
    assert.deepEqual(
      new Map(sessions.map(({ id, current, ended }) => [id, { current, ended }])),
      new Map([
        [mine.session_id, { current: true, ended: null }],
        [other.session_id, { current: false, ended: null }],
      ]),
    )
    assert.ok(!JSON.stringify(sessions).includes(mine.refresh_token), 'a list names, it does not open')
    const stranger = await auth.signIn('eve')
    assert.equal((await client('DELETE', `/sessions/${stranger.sessionId}`, bearer)).body.error, 'not_found')
    assert.equal((await client('DELETE', `/sessions/${other.session_id}`, bearer)).status, 204)
    assert.equal((await client('GET', '/private', { authorization: `Bearer ${other.access_token}` })).status, 401)
    await client('POST', '/login', ADA, CREDENTIALS)
    assert.deepEqual((await client('DELETE', '/sessions', bearer)).body, { ended: 1 })
    assert.equal((await client('GET', '/private', bearer)).status, 200)
    assert.equal((await client('DELETE', `/sessions/${mine.session_id}`, bearer)).status, 204)
    assert.equal((await client('GET', '/private', bearer)).status, 401)
    assert.equal((await client('GET', '/sessions')).body.error, 'token_missing')
  })

  check('a ticket: for whoever is signed in, once, and for what it was asked for', async (client, auth) => {
    const tokens = (await client('POST', '/login', ADA, IN_COOKIES)).headers.getSetCookie()
    const cookie = tokens.map((each) => each.split(';')[0]).join('; ')
    const own = { cookie, 'sec-fetch-site': 'same-origin' }
    const { ticket } = (await client('POST', '/ticket', own)).body
    assert.deepEqual(await auth.redeemTicket(ticket, { audience: '/live' }), await auth.redeemTicket('x'), 'not for something else')
    const redeemed = await auth.redeemTicket(ticket)
    assert.ok(redeemed.ok && redeemed.identity === 'ada' && redeemed.claims.place === 'cave')
    assert.equal((await auth.redeemTicket(ticket)).ok, false, 'once')
    const asked = await client('POST', '/ticket', { ...own, ...ADA }, '{"audience":"/live"}')
    assert.equal(asked.headers.get('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(asked.body), ['ticket', 'expires_in'])
    assert.equal((await auth.redeemTicket(asked.body.ticket, { audience: '/live' })).ok, true)
    assert.equal((await client('POST', '/ticket', { ...own, ...ADA }, `{"audience":"${'x'.repeat(300)}"}`)).body.error, 'request_invalid')
    assert.equal((await client('POST', '/ticket')).body.error, 'token_missing')
    assert.equal((await client('POST', '/ticket', { cookie, 'sec-fetch-site': 'cross-site' })).body.error, 'csrf_refused')
    assert.equal((await client('GET', '/ticket', own)).status, 405)
  })

  check('bad bodies and methods are refused with the status that says why', async (client) => {
    const json = { 'content-type': 'application/json' }
    const cases: Array<[headers: Record<string, string>, body: string, status: number]> = [
      [json, '{"refresh_token":', 400],
      [json, '["refresh_token"]', 400],
      [json, 'null', 400],
      [{ 'content-type': 'text/plain' }, 'refresh_token=x', 415],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 'refresh_token=a&refresh_token=b', 400],
      [json, `{"refresh_token":"${'x'.repeat(20_000)}"}`, 413],
      [json, '{"refresh_token":7}', 401],
      [{ ...json, 'refresh-attempt': 'short' }, '{"refresh_token":"x"}', 400],
    ]
    for (const [headers, body, status] of cases) assert.equal((await client('POST', '/refresh', headers, body)).status, status, body.slice(0, 40))
    const wrong = await client('GET', '/refresh')
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'POST')
    assert.equal((await client('GET', '/nothing-here')).status, 404)
  })

  check('the key set is public', async (client) => {
    const jwks = await client('GET', '/.well-known/jwks.json')
    assert.equal(jwks.status, 200)
    assert.deepEqual(jwks.body, { keys: [] })
  })
}

interface Answer {
  status: number
  headers: Headers
  // Whatever JSON the app answered: each test says what it must be.
  body: {
    access_token: string
    refresh_token: string
    session_id: string
    ticket: string
    error?: string
    message?: string
    sessions: Array<{ id: string; current: boolean; ended: unknown }>
  }
}
type Client = (method: string, path: string, headers?: Record<string, string>, body?: string) => Promise<Answer>

function clientOf(origin: string): Client {
  return async (method, path, headers = {}, body) => {
    const response = await fetch(origin + path, { method, headers: { ...headers, connection: 'close' }, ...(body !== undefined && { body }) })
    const text = await response.text()
    const json = response.headers.get('content-type')?.startsWith('application/json') ?? false
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : {}) as Answer['body'] }
  }
}
