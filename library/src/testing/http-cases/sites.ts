import assert from 'node:assert/strict'
import { CREDENTIALS, IN_COOKIES, JSON_BODY, type HttpCases } from './case.ts'

/** Requests that another site made a browser send. */
export const SITES: HttpCases = {
  'cookies from another site change nothing': async ({ client }) => {
    const cookie = (await client('POST', '/login', JSON_BODY, IN_COOKIES)).headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
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
    for (const headers of [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://app.example' },
      { origin: 'https://app.example', 'sec-fetch-site': 'same-site' },
    ]) {
      assert.equal((await client('POST', '/private', { cookie, ...headers })).status, 200)
    }
    assert.equal(
      (await client('GET', '/private', { cookie, 'sec-fetch-site': 'cross-site' })).status,
      200,
      'a link may lead here',
    )
  },

  'a token that script sends may come from any site': async ({ client }) => {
    const { refresh_token } = (await client('POST', '/login', JSON_BODY, CREDENTIALS)).body
    const crossSite = {
      authorization: `Bearer ${refresh_token}`,
      origin: 'https://elsewhere.example',
      'sec-fetch-site': 'cross-site',
    }
    assert.equal((await client('POST', '/refresh', crossSite)).status, 200)
    const out = await client('POST', '/logout', crossSite)
    assert.equal(out.status, 204)
    assert.equal(out.headers.getSetCookie().length, 0)
    const withoutToken = await client('POST', '/logout', {
      origin: 'https://elsewhere.example',
      'sec-fetch-site': 'cross-site',
    })
    assert.equal(withoutToken.status, 403, 'nor can another site take cookies away')
  },

  'cookies of another session than the request was made for do nothing': async ({ client }) => {
    const enter = async () => {
      const { headers, body } = await client('POST', '/login', JSON_BODY, IN_COOKIES)
      return {
        cookie: headers
          .getSetCookie()
          .map((each) => each.split(';')[0])
          .join('; '),
        sessionId: body.session_id,
      }
    }
    const [before, now] = [await enter(), await enter()]
    const late = {
      cookie: now.cookie,
      'sec-fetch-site': 'same-origin',
      'latchkey-session': before.sessionId,
    }
    for (const method of ['GET', 'POST']) {
      const answer = await client(method, '/private', late)
      assert.deepEqual([answer.status, answer.body.error], [401, 'session_mismatch'])
      assert.match(answer.headers.get('www-authenticate')!, /error="invalid_token"/)
    }
    assert.equal((await client('GET', '/optional', late)).status, 401)
    const out = await client('POST', '/logout', late)
    assert.deepEqual(
      [out.status, out.headers.getSetCookie()],
      [204, []],
      'a late sign-out leaves the new session its cookies',
    )
    for (const sessionId of [now.sessionId, undefined]) {
      const own = {
        cookie: now.cookie,
        ...(sessionId !== undefined && { 'latchkey-session': sessionId }),
      }
      assert.equal((await client('GET', '/private', own)).status, 200)
    }
    assert.equal(
      (await client('POST', '/logout', { ...late, 'latchkey-session': now.sessionId })).status,
      204,
    )
    assert.equal(
      (await client('GET', '/private', { cookie: now.cookie })).body.error,
      'session_signed_out',
    )
  },
}
