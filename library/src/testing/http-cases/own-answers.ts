import assert from 'node:assert/strict'
import type { Reply } from '../../core/errors.ts'
import { bearer, type HttpCases } from './case.ts'

/** The identity for which the test application has an answer of its own. */
export const OWN_ANSWER = 'refused'

export const ownAnswer = (): Reply => ({
  status: 451,
  headers: [
    ['Set-Cookie', 'one=1'],
    ['Link', '<https://app.example/one>; rel="blocked-by"'],
    ['set-cookie', 'two=2'],
    ['link', '<https://app.example/two>; rel="blocked-by"'],
    ['X-Reason', 'because'],
  ],
  body: { error: 'own_error' },
})

/** Replies of the option `answers`. */
export const OWN_ANSWERS: HttpCases = {
  'option "answers": status, body and all headers arrive, also those of one name': async ({
    client,
    auth,
  }) => {
    const { accessToken } = await auth.signIn(OWN_ANSWER)
    const { status, headers, body } = await client('GET', '/private', bearer(accessToken))
    assert.deepEqual([status, body.error], [451, 'own_error'])
    assert.deepEqual(headers.getSetCookie(), ['one=1', 'two=2'])
    assert.match(headers.get('link')!, /\/one>.*\/two>/)
    assert.equal(headers.get('x-reason'), 'because')
  },
}
