import assert from 'node:assert/strict'
import { bearer, JSON_BODY, type HttpCases } from './case.ts'

/** Identities at which a callback of the test application makes a mistake. */
export const MISTAKES: Record<string, () => never | Promise<never>> = {
  throwing: () => {
    throw new Error('a mistake of the application')
  },
  rejecting: async () => Promise.reject(new Error('a mistake of the application')),
  // Frameworks take these for "no error" or for a command, and would let the request pass.
  'throwing-nothing': () => {
    throw undefined
  },
  'rejecting-nothing': async () => Promise.reject(),
  'throwing-text': () => {
    // oxlint-disable-next-line typescript/only-throw-error -- the application may throw anything
    throw 'route'
  },
}

/** Errors of the application's callbacks reach the framework's error handler. */
export const MISTAKE_CASES: HttpCases = {
  'a callback that throws or rejects: 500 by the framework, and no route is reached': async ({
    client,
    auth,
  }) => {
    for (const identity of Object.keys(MISTAKES)) {
      const { accessToken } = await auth.signIn(identity)
      const guarded = await client('GET', '/private', bearer(accessToken))
      assert.deepEqual([guarded.status, guarded.body.identity], [500, undefined], identity)
      const body = JSON.stringify({ username: identity, password: 'open sesame' })
      const signedIn = await client('POST', '/login', JSON_BODY, body)
      assert.deepEqual([signedIn.status, signedIn.body.access_token], [500, undefined], identity)
      assert.equal(signedIn.headers.get('retry-after'), null)
    }
  },
}
