import assert from 'node:assert/strict'
import { bearerOf, type HttpCases } from './case.ts'

const PREFLIGHT = {
  origin: 'https://app.example',
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
}

/** Requests from pages of another origin, with a CORS middleware in front of us. */
export const CORS: HttpCases = {
  'a preflight passes untouched': async ({ client }) => {
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

  'answers keep what the middleware has set, refusals too': async ({ client }) => {
    const { origin } = PREFLIGHT
    const bearer = await bearerOf(client)
    const answers = [
      await client('GET', '/private', { origin, ...bearer }),
      await client('GET', '/private', { origin }),
      await client('GET', '/sessions', { origin, ...bearer }),
      await client('POST', '/refresh', { origin }),
      await client('POST', '/tokens', { origin }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 401, 200, 401, 200],
    )
    for (const { headers } of answers) {
      assert.equal(headers.get('access-control-allow-origin'), origin)
      assert.match(headers.get('vary') ?? '', /\borigin\b/i)
    }
  },

  'OPTIONS opens nothing': async ({ client }) => {
    for (const path of ['/private', '/sessions']) {
      const { body } = await client('OPTIONS', path)
      assert.deepEqual([body.identity, body.sessions], [undefined, undefined])
    }
  },
}
