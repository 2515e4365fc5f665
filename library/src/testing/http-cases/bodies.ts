import assert from 'node:assert/strict'
import { bearer, FORM_BODY, JSON_BODY, signIn, type HttpCases } from './case.ts'
import { sendRaw, startRequest } from './raw-http.ts'

const LONG = 'x'.repeat(20_000)
const OVER_LIMIT = 1_100_000

/** Guards that search a body for their token. */
export const BODIES: HttpCases = {
  'locations ["json"]: the token is read from the body, and from nowhere else': async ({
    client,
  }) => {
    const { access_token } = await signIn(client)
    const post = (body: string) => client('POST', '/json', JSON_BODY, body)
    assert.deepEqual((await post(JSON.stringify({ access_token, more: [1] }))).body, {
      identity: 'ada',
    })
    assert.equal((await client('POST', '/json', bearer(access_token))).body.error, 'token_missing')
    assert.equal((await post('{"access_token":"x"}')).body.error, 'token_invalid')
    assert.equal((await post('{"access_token":')).status, 400)
    assert.equal((await post('[]')).status, 400)
  },

  'a body of 20 KB: the guard finds the token, and the handler reads all of it': async ({
    client,
  }) => {
    const { access_token } = await signIn(client)
    const body = JSON.stringify({ note: LONG, access_token })
    assert.deepEqual((await client('POST', '/json', JSON_BODY, body)).body, {
      identity: 'ada',
      note: LONG,
    })
  },

  'forms: the token is found next to repeated fields and files': async ({ client }) => {
    const { access_token } = await signIn(client)
    const fields = new URLSearchParams([
      ['tag', 'a'],
      ['access_token', access_token],
      ['tag', 'b'],
    ])
    const urlencoded = await client('POST', '/json', FORM_BODY, fields.toString())
    assert.equal(urlencoded.body.identity, 'ada')
    const form = new FormData()
    for (const [name, value] of fields) form.append(name, value)
    form.append('picture', new Blob([LONG]), 'picture.png')
    const multipart = new Response(form)
    const type = { 'content-type': multipart.headers.get('content-type')! }
    const response = await client('POST', '/json', type, await multipart.text())
    assert.equal(response.body.identity, 'ada')
    assert.ok((await client('POST', '/json', type, 'no boundary')).status < 500)
  },

  'a body over the limit is refused as such, and the connection stays usable': async ({
    client,
    origin,
  }) => {
    const { access_token } = await signIn(client)
    const body = JSON.stringify({ access_token, note: 'x'.repeat(OVER_LIMIT) })
    assert.equal((await client('POST', '/json', JSON_BODY, body)).status, 413)
    const options = { method: 'POST', headers: JSON_BODY }
    const { clientRequest, response } = startRequest(origin, '/json', options)
    clientRequest.on('error', () => {})
    clientRequest.end(body)
    assert.equal((await response).statusCode, 413, 'without Content-Length')
    ;(await response).destroy()
  },

  'a GET with a body is treated as any other': async ({ origin }) => {
    const head = ['GET /json HTTP/1.1', 'Content-Type: application/json']
    const empty = await sendRaw(origin, head, '{}')
    assert.equal(empty.status, 401)
    assert.ok((await sendRaw(origin, head, '{')).status < 500)
  },
}
