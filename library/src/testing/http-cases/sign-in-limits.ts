import assert from 'node:assert/strict'
import {
  cookieHeader,
  CREDENTIALS,
  FORM_BODY,
  JSON_BODY,
  SAME_ORIGIN,
  type HttpCases,
  type TestClient,
} from './case.ts'

const WRONG = JSON.stringify({ username: 'ada', password: 'a guess' })

async function fail(client: TestClient, times: number, body = WRONG): Promise<void> {
  for (let index = 0; index < times; index++)
    assert.equal((await client('POST', '/login', JSON_BODY, body)).status, 401)
}

/** Failed sign-ins are slowed down. */
export const SIGN_IN_LIMITS: HttpCases = {
  'POST /login: after five failures 429 with Retry-After, also for the right password': async ({
    client,
    advanceTime,
  }) => {
    await fail(client, 5)
    const refused = await client('POST', '/login', JSON_BODY, CREDENTIALS)
    assert.equal(refused.status, 429)
    assert.equal(refused.body.error, 'too_many_attempts')
    assert.equal(refused.headers.get('retry-after'), '1')
    advanceTime(1)
    assert.equal((await client('POST', '/login', JSON_BODY, CREDENTIALS)).status, 200)
  },

  'POST /login: other spellings and types of the name, and a form, count as the same': async ({
    client,
  }) => {
    await fail(client, 2)
    await fail(client, 1, JSON.stringify({ username: ['Ada'], password: 'a guess' }))
    await fail(client, 1, JSON.stringify({ email: 'ada', username: ' ADA ', password: 'a guess' }))
    const form = await client('POST', '/login', FORM_BODY, 'username=ada&password=guess')
    assert.equal(form.status, 401)
    assert.equal((await client('POST', '/login', JSON_BODY, WRONG)).status, 429)
  },

  'POST /login: a client that has signed in before is not slowed down by failures of others':
    async ({ client }) => {
      const cookieMode = JSON.stringify({ ...JSON.parse(CREDENTIALS), mode: 'cookie' })
      const browser = await client('POST', '/login', { ...JSON_BODY, ...SAME_ORIGIN }, cookieMode)
      const program = await client('POST', '/login', JSON_BODY, CREDENTIALS)
      // This address is known too, and has a counter of its own.
      await fail(client, 5)
      assert.equal((await client('POST', '/login', JSON_BODY, CREDENTIALS)).status, 429)
      const device = { 'latchkey-device': program.headers.get('latchkey-device')! }
      const known = [{ cookie: cookieHeader(browser) }, device]
      for (const headers of known) {
        const again = { ...JSON_BODY, ...SAME_ORIGIN, ...headers }
        assert.equal((await client('POST', '/login', again, CREDENTIALS)).status, 200)
      }
      const other = JSON.stringify({ username: 'bob', password: 'a guess' })
      await fail(client, 5, other)
      const stolen = { ...JSON_BODY, ...device }
      assert.equal((await client('POST', '/login', stolen, other)).status, 429)
    },
}
