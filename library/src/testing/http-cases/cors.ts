import assert from 'node:assert/strict'
import { bearer, signIn, type HttpCases } from './case.ts'

const PREFLIGHT = {
  origin: 'https://app.example',
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
}

/** Requests from pages of another origin, with a CORS middleware before the adapter. */
export const CORS: HttpCases = {
  'CORS: a preflight is left to the middleware': async ({ client }) => {
    for (const path of [
      '/private',
      '/fresh',
      '/json',
      '/refresh',
      '/login',
      '/sessions',
      '/.well-known/jwks.json',
    ]) {
      const { status, headers } = await client('OPTIONS', path, PREFLIGHT)
      assert.equal(status, 204, path)
      assert.equal(headers.get('access-control-allow-origin'), 'https://app.example')
      assert.equal(headers.get('www-authenticate'), null)
      assert.equal(headers.get('cache-control'), null)
    }
  },

  'CORS: replies and refusals keep the headers of the middleware': async ({ client }) => {
    const { origin } = PREFLIGHT
    const authorized = bearer((await signIn(client)).access_token)
    const responses = [
      await client('GET', '/private', { origin, ...authorized }),
      await client('GET', '/private', { origin }),
      await client('GET', '/sessions', { origin, ...authorized }),
      await client('POST', '/refresh', { origin }),
      await client('POST', '/tokens', { origin }),
    ]
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 401, 200, 401, 200],
    )
    for (const { headers } of responses) {
      assert.equal(headers.get('access-control-allow-origin'), origin)
      assert.match(headers.get('vary') ?? '', /\borigin\b/i)
    }
  },

  'OPTIONS without a token returns no protected data': async ({ client }) => {
    for (const path of ['/private', '/sessions']) {
      const { body } = await client('OPTIONS', path)
      assert.deepEqual([body.identity, body.sessions], [undefined, undefined])
    }
  },
}
