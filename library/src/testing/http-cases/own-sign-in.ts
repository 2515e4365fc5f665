import assert from 'node:assert/strict'
import { COOKIES } from '../../protocol.ts'
import {
  ATTEMPT,
  bearer,
  cookieHeader,
  CROSS_SITE,
  FORM_BODY,
  JSON_BODY,
  SAME_ORIGIN,
  type HttpCases,
} from './case.ts'

const COOKIE_MODE = '{"mode":"cookie"}'
const OTHER_ORIGIN = { origin: 'https://evil.example' }

/** `signIn` at the end of a sign-in route of the application's own. */
export const OWN_SIGN_IN: HttpCases = {
  'own sign-in: sends tokens as JSON, or in cookies if the body says so': async ({ client }) => {
    const bodies = [
      [{}, undefined],
      [JSON_BODY, '{"mode":"header"}'],
      [{ 'content-type': 'text/plain' }, COOKIE_MODE],
    ] as const
    for (const [headers, body] of bodies) {
      const sent = await client('POST', '/sign-in', headers, body)
      assert.deepEqual([sent.status, sent.headers.getSetCookie().length], [200, 0])
      assert.equal(sent.headers.get('cache-control'), 'no-store')
      const opened = await client('GET', '/private', bearer(sent.body.access_token))
      assert.deepEqual(opened.body, { identity: 'ada' })
    }
    for (const [headers, body] of [
      [JSON_BODY, COOKIE_MODE],
      [FORM_BODY, 'mode=cookie'],
    ] as const) {
      const sent = await client('POST', '/sign-in', { ...headers, ...SAME_ORIGIN }, body)
      assert.deepEqual([sent.status, sent.body.access_token], [200, undefined])
      const opened = await client('GET', '/private', { cookie: cookieHeader(sent) })
      assert.deepEqual(opened.body, { identity: 'ada' })
    }
  },

  'own sign-in: another site cannot sign a browser in': async ({ client, auth }) => {
    for (const origin of [CROSS_SITE, { 'sec-fetch-site': 'same-site' }, OTHER_ORIGIN]) {
      for (const [headers, body] of [
        [FORM_BODY, 'mode=cookie'],
        [JSON_BODY, COOKIE_MODE],
      ] as const) {
        const refused = await client('POST', '/sign-in', { ...headers, ...origin }, body)
        assert.deepEqual([refused.status, refused.body.error], [403, 'csrf_refused'])
        assert.deepEqual(refused.headers.getSetCookie(), [])
      }
    }
    assert.deepEqual((await auth.sessions('ada')).sessions, [])
  },

  'own sign-in: an unknown mode is refused': async ({ client, auth }) => {
    for (const mode of ['"url"', '["cookie"]', '{}', '1']) {
      const refused = await client('POST', '/sign-in', JSON_BODY, `{"mode":${mode}}`)
      assert.deepEqual([refused.status, refused.body.error], [400, 'request_invalid'])
    }
    assert.deepEqual((await auth.sessions('ada')).sessions, [])
  },

  'own sign-in: the device is stored, and the session of the replaced cookies ends': async ({
    client,
    auth,
  }) => {
    const browser = { ...JSON_BODY, ...SAME_ORIGIN, 'user-agent': 'Chrome/140' }
    const first = await client('POST', '/sign-in', browser, COOKIE_MODE)
    const session = await auth.explain(first.body.session_id)
    assert.equal(session?.device.userAgent, 'Chrome/140')
    assert.ok(session.device.address === undefined || session.device.address.includes('127.0.0.1'))
    const cookie = cookieHeader(first)
    const second = await client('POST', '/sign-in', { ...browser, cookie }, COOKIE_MODE)
    assert.equal((await auth.explain(first.body.session_id))?.end?.reason, 'replaced')
    assert.equal((await auth.explain(second.body.session_id))?.end, null)
    const attempt = { ...browser, cookie: cookieHeader(second), 'refresh-attempt': ATTEMPT }
    const refreshed = await client('POST', '/refresh', attempt)
    assert.equal(refreshed.status, 200)
    const names = second.headers.getSetCookie().map((value) => value.split('=', 1)[0])
    assert.deepEqual(names, [COOKIES.access, COOKIES.refresh, COOKIES.session])
  },
}
