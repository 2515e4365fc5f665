import assert from 'node:assert/strict'
import {
  bearer,
  COOKIE_CREDENTIALS,
  CREDENTIALS,
  CROSS_SITE,
  JSON_BODY,
  SAME_ORIGIN,
  signIn,
  signInWithCookies,
  type HttpCases,
} from './case.ts'

const OTHER_ORIGIN = { origin: 'https://elsewhere.example', ...CROSS_SITE }

/** Requests that another site made a browser send, and requests that meet a newer session. */
export const CSRF: HttpCases = {
  'origin check: cookies from another site are refused for unsafe methods': async ({ client }) => {
    const { cookie } = await signInWithCookies(client)
    const refused: Array<Record<string, string>> = [
      CROSS_SITE,
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://app.example.evil.example' },
      {},
    ]
    for (const path of ['/private', '/refresh', '/logout']) {
      for (const headers of refused) {
        const response = await client('POST', path, { cookie, ...headers })
        assert.equal(response.status, 403, `${path} ${JSON.stringify(headers)}`)
        assert.equal(response.body.error, 'csrf_refused')
        assert.equal(response.headers.getSetCookie().length, 0)
      }
    }
  },

  'origin check: same-origin requests, listed origins and safe methods pass': async ({
    client,
  }) => {
    const { cookie } = await signInWithCookies(client)
    for (const headers of [
      SAME_ORIGIN,
      { 'sec-fetch-site': 'none' },
      { origin: 'https://app.example' },
      { origin: 'https://app.example', 'sec-fetch-site': 'same-site' },
    ]) {
      assert.equal((await client('POST', '/private', { cookie, ...headers })).status, 200)
    }
    const linked = await client('GET', '/private', { cookie, ...CROSS_SITE })
    assert.equal(linked.status, 200, 'a link on another site')
  },

  'origin check without Sec-Fetch-Site: Origin must be the one that was asked': async ({
    client,
    origin,
  }) => {
    const { host } = new URL(origin)
    for (const own of [origin, `https://${host}`]) {
      const { cookie } = await signInWithCookies(client)
      for (const path of ['/private', '/refresh', '/logout']) {
        const { status } = await client('POST', path, { cookie, origin: own })
        assert.ok(status < 300, `${path}: ${status}`)
      }
      const signedIn = await client(
        'POST',
        '/login',
        { ...JSON_BODY, origin: own },
        COOKIE_CREDENTIALS,
      )
      assert.equal(signedIn.status, 200)
    }
    const { cookie } = await signInWithCookies(client)
    for (const other of ['http://127.0.0.1:1', 'http://localhost', `http://${host}.example`]) {
      const { status } = await client('POST', '/private', { cookie, origin: other })
      assert.equal(status, 403, other)
    }
    const onHttps = { 'x-forwarded-proto': 'https' }
    const { status } = await client('POST', '/private', { cookie, origin, ...onHttps })
    assert.equal(status, 403, 'a page on http, the service on https')
  },

  'origin check: a token in a header passes from any site, and sets no cookie': async ({
    client,
  }) => {
    const { refresh_token } = await signIn(client)
    const headers = { ...bearer(refresh_token), ...OTHER_ORIGIN }
    assert.equal((await client('POST', '/refresh', headers)).status, 200)
    const signedOut = await client('POST', '/logout', headers)
    assert.equal(signedOut.status, 204)
    assert.equal(signedOut.headers.getSetCookie().length, 0)
    const withoutToken = await client('POST', '/logout', OTHER_ORIGIN)
    assert.equal(withoutToken.status, 403, 'another site cannot clear the cookies')
  },

  'sign-in from another site: cookies are refused, tokens in JSON are returned': async ({
    client,
  }) => {
    const headers = { ...JSON_BODY, ...CROSS_SITE }
    assert.equal(
      (await client('POST', '/login', headers, COOKIE_CREDENTIALS)).body.error,
      'csrf_refused',
    )
    assert.equal((await client('POST', '/login', headers, CREDENTIALS)).status, 200)
  },

  'Latchkey-Session: cookies of another session than the one named are refused': async ({
    client,
  }) => {
    const [before, now] = [await signInWithCookies(client), await signInWithCookies(client)]
    const outdated = { cookie: now.cookie, ...SAME_ORIGIN, 'latchkey-session': before.sessionId }
    for (const method of ['GET', 'POST']) {
      const { status, body, headers } = await client(method, '/private', outdated)
      assert.deepEqual([status, body.error], [401, 'session_mismatch'])
      assert.match(headers.get('www-authenticate')!, /error="invalid_token"/)
    }
    assert.equal((await client('GET', '/optional', outdated)).status, 401)
    const named = { cookie: now.cookie, 'latchkey-session': now.sessionId }
    for (const headers of [named, { cookie: now.cookie }])
      assert.equal((await client('GET', '/private', headers)).status, 200)
  },

  'Latchkey-Session: a late sign-out leaves the cookies of a newer session alone': async ({
    client,
  }) => {
    const [before, now] = [await signInWithCookies(client), await signInWithCookies(client)]
    const signOut = (sessionId: string) =>
      client('POST', '/logout', {
        cookie: now.cookie,
        ...SAME_ORIGIN,
        'latchkey-session': sessionId,
      })
    const outdated = await signOut(before.sessionId)
    assert.deepEqual([outdated.status, outdated.body.error], [401, 'session_mismatch'])
    assert.deepEqual(outdated.headers.getSetCookie(), [])
    assert.equal((await client('GET', '/private', { cookie: now.cookie })).status, 200)
    assert.equal((await signOut(now.sessionId)).status, 204)
    assert.equal(
      (await client('GET', '/private', { cookie: now.cookie })).body.error,
      'session_signed_out',
    )
  },
}
