import assert from 'node:assert/strict'
import { bearer, CREDENTIALS, JSON_BODY, signIn, type HttpCases } from './case.ts'
import { sendRaw } from './raw-http.ts'

/** Request targets, and the client address. */
export const PATHS: HttpCases = {
  'paths that only resemble a route are not handled, and malformed ones do not fail': async ({
    auth,
    origin,
  }) => {
    const { refreshToken } = await auth.signIn('ada')
    for (const path of [
      '/refresh/x',
      '//refresh',
      '/refresh//',
      '/refreshx',
      '/sessions/short',
      '/sessions/:id',
      '/refresh%2f',
      '/%',
      '/%zz',
      '/refresh/%E0%A4%A',
      '/constructor',
      '/__proto__',
    ]) {
      const { status } = await sendRaw(origin, [
        `POST ${path} HTTP/1.1`,
        `Authorization: Bearer ${refreshToken}`,
      ])
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`)
    }
  },

  'a slash at the end of a path is ignored': async ({ client }) => {
    const login = await client('POST', '/login/', JSON_BODY, CREDENTIALS)
    const { access_token, refresh_token, session_id } = login.body
    const sessions = await client('GET', '/sessions/?x=1', bearer(access_token))
    assert.equal(sessions.body.sessions.length, 1)
    assert.equal((await client('POST', '/refresh/', bearer(refresh_token))).status, 200)
    const end = await client('DELETE', `/sessions/${session_id}/`, bearer(access_token))
    assert.equal(end.status, 204)
  },

  'a request target in absolute form is handled like its path (RFC 9112, section 3.2.2)': async ({
    client,
    auth,
    origin,
  }) => {
    const { access_token } = await signIn(client)
    const { refreshToken } = await auth.signIn('ada')
    const send = async (requestLine: string, ...headers: string[]): Promise<number> =>
      (await sendRaw(origin, [requestLine, ...headers])).status
    const target = 'http://app.example'
    assert.equal(
      await send(`GET ${target}/private HTTP/1.1`, `Authorization: Bearer ${access_token}`),
      200,
    )
    assert.equal(await send(`GET ${target}/private HTTP/1.1`), 401)
    assert.equal(
      await send(`POST ${target}/refresh?x=1 HTTP/1.1`, `Authorization: Bearer ${refreshToken}`),
      200,
    )
  },

  'client address: forwarding headers are not trusted': async ({ client }) => {
    const proxied = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'cf-connecting-ip': '203.0.113.9',
    }
    const signedIn = await client('POST', '/login', { ...JSON_BODY, ...proxied }, CREDENTIALS)
    const { sessions } = (
      await client('GET', '/sessions', { ...bearer(signedIn.body.access_token), ...proxied })
    ).body
    assert.equal(sessions.length, 1)
    assert.ok(!JSON.stringify(sessions).includes('203.0.113.9'))
  },
}

/** With `base: '/:tenant/auth'`. */
export const TENANT_PATH: HttpCases = {
  'option "base" with a parameter: the routes exist below any one segment': async ({ client }) => {
    for (const path of ['/acme/auth', '/other%20name/auth']) {
      const { body } = await client('POST', `${path}/login`, JSON_BODY, CREDENTIALS)
      assert.equal(
        (await client('POST', `${path}/refresh/`, bearer(body.refresh_token))).status,
        200,
      )
      const session = `${path}/sessions/${body.session_id}`
      assert.equal((await client('DELETE', session, bearer(body.access_token))).status, 204)
    }
    for (const path of ['/login', '/auth/login', '/a/b/auth/login', '/acme/login'])
      assert.equal((await client('POST', path, JSON_BODY, CREDENTIALS)).status, 404, path)
  },
}

/** With `base: '/auth'`. */
export const BASE_PATH: HttpCases = {
  'option "base": the routes exist below it, and only there': async ({ client }) => {
    const { access_token, refresh_token } = (
      await client('POST', '/auth/login', JSON_BODY, CREDENTIALS)
    ).body
    assert.deepEqual((await client('GET', '/private', bearer(access_token))).body, {
      identity: 'ada',
    })
    const refreshing = bearer(refresh_token)
    assert.equal((await client('POST', '/auth/refresh', refreshing)).status, 200)
    assert.equal((await client('POST', '/auth/refresh/', refreshing)).status, 200)
    assert.equal((await client('GET', '/auth/refresh', refreshing)).status, 405)
    assert.equal((await client('GET', '/auth/.well-known/jwks.json')).status, 200)
    for (const path of [
      '/refresh',
      '/auth',
      '/auth/',
      '/authrefresh',
      '/auth//refresh',
      '/auth/auth/refresh',
    ]) {
      assert.equal((await client('POST', path, refreshing)).status, 404, path)
    }
    assert.equal((await client('POST', '/auth/logout', refreshing)).status, 204)
  },
}
