import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingMessage } from 'node:http'
import { COOKIES } from '../../protocol.ts'
import { bearerOf, CREDENTIALS, JSON_BODY, type HttpCases } from './case.ts'
import { begin, breakOff, sendRaw, textOf } from './exchange.ts'

/** What a connection can do to a request: repeated headers, no body, half a body, a long one, another request behind it. */
export const CONNECTIONS: HttpCases = {
  'two Authorization headers are refused, whichever is right': async ({ client, origin }) => {
    const { authorization } = await bearerOf(client)
    const pairs = [
      [authorization, 'Bearer x'],
      ['Bearer x', authorization],
      [authorization, authorization],
      [authorization, 'Basic YTpi'],
    ]
    for (const [first, second] of pairs) {
      const { status, body } = await sendRaw(origin, [
        'GET /private HTTP/1.1',
        `Authorization: ${first}`,
        `AUTHORIZATION: ${second}`,
      ])
      assert.equal(status, 401)
      assert.match(body, /token_invalid/)
    }
  },

  'cookies on two lines are one list, in which a name stands once': async ({ client, origin }) => {
    const token = (await bearerOf(client)).authorization.slice('Bearer '.length)
    const own = `Cookie: ${COOKIES.access}=${token}`
    assert.equal(
      (
        await sendRaw(origin, [
          'GET /private HTTP/1.1',
          'Cookie: theme=dark',
          own,
          'Cookie: lang=zh',
        ])
      ).status,
      200,
    )
    assert.equal((await sendRaw(origin, ['GET /private HTTP/1.1', own, own])).status, 401)
    assert.equal(
      (await sendRaw(origin, ['GET /private HTTP/1.1', `Cookie: ${COOKIES.access}=x`, own])).status,
      401,
    )
  },

  'HEAD is answered like GET, without a body': async ({ client, origin }) => {
    const { authorization } = await bearerOf(client)
    const seen = await sendRaw(origin, [
      'HEAD /private HTTP/1.1',
      `Authorization: ${authorization}`,
    ])
    assert.deepEqual([seen.status, seen.body], [200, ''])
    const refused = await sendRaw(origin, ['HEAD /private HTTP/1.1'])
    assert.deepEqual([refused.status, refused.body], [401, ''])
    assert.match(refused.head, /^www-authenticate: Bearer/im)
    const keys = await sendRaw(origin, ['HEAD /.well-known/jwks.json HTTP/1.1'])
    assert.deepEqual([keys.status, keys.body], [200, ''])
    assert.equal((await client('HEAD', '/refresh')).status, 405)
  },

  'a connection serves on after a refusal': async ({ client, origin }) => {
    const { authorization } = await bearerOf(client)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const exchange = async (
      method: string,
      path: string,
      headers: Record<string, string>,
      body?: string,
    ): Promise<[number | undefined, boolean]> => {
      const { sent, answer } = begin(origin, path, { agent, method, headers })
      sent.end(body)
      const response = await answer
      await textOf(response)
      return [response.statusCode, sent.reusedSocket]
    }
    assert.deepEqual(await exchange('GET', '/private', {}), [401, false])
    assert.deepEqual(await exchange('GET', '/private', { authorization }), [200, true])
    const long = JSON.stringify({ refresh_token: 'x'.repeat(20_000) })
    assert.equal((await exchange('POST', '/refresh', JSON_BODY, long))[0], 413)
    const [chunked] = await exchange(
      'POST',
      '/refresh',
      { ...JSON_BODY, 'transfer-encoding': 'chunked' },
      long,
    )
    assert.ok(
      chunked === 413 || chunked === 401,
      'a parser of the framework may have read it by its own bound',
    )
    assert.equal((await exchange('POST', '/private', JSON_BODY, long))[0], 401)
    assert.equal((await exchange('GET', '/private', { authorization }))[0], 200)
    agent.destroy()
  },

  'a client that waits for 100 Continue gets it': async ({ origin }) => {
    const headers = { ...JSON_BODY, expect: '100-continue', 'content-length': CREDENTIALS.length }
    const { sent, answer } = begin(origin, '/login', { method: 'POST', headers })
    await once(sent, 'continue')
    sent.end(CREDENTIALS)
    const response = await answer
    assert.equal(response.statusCode, 200)
    assert.match(await textOf(response), /access_token/)
  },

  'a client that goes away in the middle of its body harms nobody': async ({ client, origin }) => {
    const { authorization } = await bearerOf(client)
    for (const path of ['/refresh', '/login', '/json', '/private', '/echo'])
      await breakOff(origin, path, [`Authorization: ${authorization}`])
    for (const path of ['/refresh', '/json']) await breakOff(origin, path)
    assert.equal((await client('GET', '/private', { authorization })).status, 200)
  },

  'an upload reaches its handler as it comes, byte for byte': async ({ client, origin }) => {
    const bytes = randomBytes(5 * 1024 * 1024)
    const headers = {
      ...(await bearerOf(client)),
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
    }
    const { sent, answer } = begin(origin, '/echo', { method: 'POST', headers })
    const first = bytes.subarray(0, 100_000)
    sent.write(first)
    const response = await answer
    const echo = echoOf(response)
    await echo.until(first.length)
    sent.end(bytes.subarray(first.length))
    await echo.until(bytes.length)
    assert.equal(response.statusCode, 200)
    assert.equal(echo.digest(), createHash('sha256').update(bytes).digest('hex'))
  },
}

/** Reads an answer while the request is still being sent. */
function echoOf(response: IncomingMessage): {
  until(length: number): Promise<void>
  digest(): string
} {
  const hash = createHash('sha256')
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let length = 0
  return {
    async until(wanted) {
      while (length < wanted) {
        const { value, done } = await chunks.next()
        if (done) throw new Error(`the answer ended after ${length} bytes`)
        hash.update(value)
        length += value.length
      }
    },
    digest: () => hash.digest('hex'),
  }
}
