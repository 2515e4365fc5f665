import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingMessage } from 'node:http'
import { COOKIES } from '../../protocol.ts'
import { bearer, CREDENTIALS, JSON_BODY, signIn, type HttpCases } from './case.ts'
import { abortDuringBody, readText, sendRaw, startRequest } from './raw-http.ts'

/** HTTP/1.1 on the wire: repeated header fields, HEAD, keep-alive, incomplete and long bodies. */
export const CONNECTIONS: HttpCases = {
  'two Authorization headers are refused, even if one holds a valid token': async ({
    client,
    origin,
  }) => {
    const { authorization } = bearer((await signIn(client)).access_token)
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

  'cookies in several header fields are one list, and each value of a name is tried': async ({
    client,
    origin,
  }) => {
    const valid = `Cookie: ${COOKIES.access}=${(await signIn(client)).access_token}`
    const statusWith = async (...fields: string[]): Promise<number> =>
      (await sendRaw(origin, ['GET /private HTTP/1.1', ...fields])).status
    assert.equal(await statusWith('Cookie: theme=dark', valid, 'Cookie: lang=zh'), 200)
    assert.equal(await statusWith(valid, valid), 200)
    assert.equal(await statusWith(`Cookie: ${COOKIES.access}=x`, valid), 200)
    const others = ['1', '2', '3', '4'].map((value) => `Cookie: ${COOKIES.access}=${value}`)
    assert.equal(await statusWith(...others.slice(1), valid), 200)
    assert.equal(await statusWith(...others, valid), 401, 'four values at most')
  },

  'HEAD: the status and headers of GET, without a body': async ({ client, origin }) => {
    const { access_token } = await signIn(client)
    const passed = await sendRaw(origin, [
      'HEAD /private HTTP/1.1',
      `Authorization: Bearer ${access_token}`,
    ])
    assert.deepEqual([passed.status, passed.body], [200, ''])
    const refused = await sendRaw(origin, ['HEAD /private HTTP/1.1'])
    assert.deepEqual([refused.status, refused.body], [401, ''])
    assert.match(refused.head, /^www-authenticate: Bearer/im)
    const keys = await sendRaw(origin, ['HEAD /.well-known/jwks.json HTTP/1.1'])
    assert.deepEqual([keys.status, keys.body], [200, ''])
    assert.equal((await client('HEAD', '/refresh')).status, 405)
  },

  'keep-alive: a connection is still usable after a refusal': async ({ client, origin }) => {
    const authorized = bearer((await signIn(client)).access_token)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const send = async (
      method: string,
      path: string,
      headers: Record<string, string>,
      body?: string,
    ): Promise<[number | undefined, boolean]> => {
      const { clientRequest, response } = startRequest(origin, path, { agent, method, headers })
      clientRequest.end(body)
      await readText(await response)
      return [(await response).statusCode, clientRequest.reusedSocket]
    }
    assert.deepEqual(await send('GET', '/private', {}), [401, false])
    assert.deepEqual(await send('GET', '/private', authorized), [200, true])
    const long = JSON.stringify({ refresh_token: 'x'.repeat(20_000) })
    assert.equal((await send('POST', '/refresh', JSON_BODY, long))[0], 413)
    const chunked = { ...JSON_BODY, 'transfer-encoding': 'chunked' }
    const [status] = await send('POST', '/refresh', chunked, long)
    assert.ok(status === 413 || status === 401, 'a parser of the framework may have a higher limit')
    assert.equal((await send('POST', '/private', JSON_BODY, long))[0], 401)
    assert.equal((await send('GET', '/private', authorized))[0], 200)
    agent.destroy()
  },

  'a client that waits for 100 Continue receives it': async ({ origin }) => {
    const headers = { ...JSON_BODY, expect: '100-continue', 'content-length': CREDENTIALS.length }
    const { clientRequest, response } = startRequest(origin, '/login', { method: 'POST', headers })
    await once(clientRequest, 'continue')
    clientRequest.end(CREDENTIALS)
    assert.equal((await response).statusCode, 200)
    assert.match(await readText(await response), /access_token/)
  },

  'a client that disconnects in the middle of its body does not disturb later requests': async ({
    client,
    origin,
  }) => {
    const authorized = bearer((await signIn(client)).access_token)
    for (const path of ['/refresh', '/login', '/json', '/private', '/echo'])
      await abortDuringBody(origin, path, [`Authorization: ${authorized.authorization}`])
    for (const path of ['/refresh', '/json']) await abortDuringBody(origin, path)
    assert.equal((await client('GET', '/private', authorized)).status, 200)
  },

  'an upload behind a guard is streamed to its handler unchanged': async ({ client, origin }) => {
    const bytes = randomBytes(5 * 1024 * 1024)
    const headers = {
      ...bearer((await signIn(client)).access_token),
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
    }
    const { clientRequest, response } = startRequest(origin, '/echo', { method: 'POST', headers })
    const firstPart = bytes.subarray(0, 100_000)
    clientRequest.write(firstPart)
    const echo = echoReader(await response)
    await echo.readUntil(firstPart.length)
    clientRequest.end(bytes.subarray(firstPart.length))
    await echo.readUntil(bytes.length)
    assert.equal((await response).statusCode, 200)
    assert.equal(echo.digest(), createHash('sha256').update(bytes).digest('hex'))
  },
}

/** Reads a response while the request is still being sent. Lengths are in bytes. */
function echoReader(response: IncomingMessage): {
  readUntil(totalLength: number): Promise<void>
  digest(): string
} {
  const hash = createHash('sha256')
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let length = 0
  return {
    async readUntil(totalLength) {
      while (length < totalLength) {
        const { value, done } = await chunks.next()
        if (done) throw new Error(`the response ended after ${length} bytes`)
        hash.update(value)
        length += value.length
      }
    },
    digest: () => hash.digest('hex'),
  }
}
