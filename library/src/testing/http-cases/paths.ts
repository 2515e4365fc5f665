import assert from 'node:assert/strict'
import { bearerOf, CREDENTIALS, JSON_BODY, type HttpCases } from './case.ts'
import { sendRaw } from './exchange.ts'

/** Where a request goes, and from where it comes. */
export const PATHS: HttpCases = {
  'only the very paths are ours, and none crashes': async ({ auth, origin }) => {
    const { refreshToken } = await auth.signIn('ada')
    const strange = ['/refresh%2f', '/%', '/%zz', '/refresh/%E0%A4%A', '/constructor', '/__proto__']
    for (const path of [
      '/refresh/x',
      '//refresh',
      '/REFRESH',
      '/refreshx',
      '/sessions/short',
      '/sessions/:id',
      ...strange,
    ]) {
      const { status } = await sendRaw(origin, [
        `POST ${path} HTTP/1.1`,
        `Authorization: Bearer ${refreshToken}`,
      ])
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`)
    }
  },

  'a request target in absolute form is the same path': async ({ client, auth, origin }) => {
    const { authorization } = await bearerOf(client)
    const { refreshToken } = await auth.signIn('ada')
    const target = 'http://app.example'
    assert.equal(
      (await sendRaw(origin, [`GET ${target}/private HTTP/1.1`, `Authorization: ${authorization}`]))
        .status,
      200,
    )
    assert.equal((await sendRaw(origin, [`GET ${target}/private HTTP/1.1`])).status, 401)
    assert.equal(
      (
        await sendRaw(origin, [
          `POST ${target}/refresh?x=1 HTTP/1.1`,
          `Authorization: Bearer ${refreshToken}`,
        ])
      ).status,
      200,
    )
  },

  'no header tells where a request comes from': async ({ client }) => {
    const proxied = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'cf-connecting-ip': '203.0.113.9',
    }
    const { access_token } = (
      await client('POST', '/login', { ...JSON_BODY, ...proxied }, CREDENTIALS)
    ).body
    const { sessions } = (
      await client('GET', '/sessions', { authorization: `Bearer ${access_token}`, ...proxied })
    ).body
    assert.equal(sessions.length, 1)
    assert.ok(!JSON.stringify(sessions).includes('203.0.113.9'))
  },
}

/** With the routes mounted at `/auth`. */
export const BELOW_A_BASE: HttpCases = {
  'below a base the routes are there, and only there': async ({ client }) => {
    const { access_token, refresh_token } = (
      await client('POST', '/auth/login', JSON_BODY, CREDENTIALS)
    ).body
    assert.deepEqual(
      (await client('GET', '/private', { authorization: `Bearer ${access_token}` })).body,
      { identity: 'ada' },
    )
    const bearer = { authorization: `Bearer ${refresh_token}` }
    assert.equal((await client('POST', '/auth/refresh', bearer)).status, 200)
    assert.equal((await client('GET', '/auth/refresh', bearer)).status, 405)
    assert.equal((await client('GET', '/auth/.well-known/jwks.json')).status, 200)
    for (const path of [
      '/refresh',
      '/auth',
      '/auth/',
      '/authrefresh',
      '/auth//refresh',
      '/auth/auth/refresh',
    ]) {
      assert.equal((await client('POST', path, bearer)).status, 404, path)
    }
    assert.equal((await client('POST', '/auth/logout', bearer)).status, 204)
  },
}
