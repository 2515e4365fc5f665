/** Requests that Node's parser did not make: adapters of cloud functions, injected ones, mocks. */
import { IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { fastify } from 'fastify'
import { createAuth } from 'latchkey'
import * as forFastify from 'latchkey/fastify'
import { getAuth, guard, viewOf, type NodeRequest } from 'latchkey/node'
import { expect, test } from 'vitest'
import { headerOf } from '../../src/adapters/shared/node-header.ts'

const auth = createAuth({
  secret: 'a secret of more than thirty-two bytes',
  locations: ['headers', 'json'],
})
const token = auth.createAccessToken('ada')
const bearer = `Bearer ${token}`

test.each<[title: string, parts: Parameters<typeof headerOf>[0], expected: string | undefined]>([
  [
    'as Node parsed it',
    { headers: { authorization: 'a' }, rawHeaders: ['Authorization', 'a'] },
    'a',
  ],
  [
    'twice',
    { headers: { authorization: 'a' }, rawHeaders: ['Authorization', 'a', 'authorization', 'b'] },
    'a, b',
  ],
  ['empty rawHeaders', { headers: { authorization: 'a' }, rawHeaders: [] }, 'a'],
  ['no rawHeaders', { headers: { authorization: 'a' } }, 'a'],
  ['a list', { headers: { authorization: ['a', 'b'] } }, 'a, b'],
  ['in capitals, as in a mock', { headers: { Authorization: 'a' } }, 'a'],
  ['set by a middleware', { headers: { authorization: 'a' }, rawHeaders: ['Host', 'x'] }, 'a'],
  ['removed by a middleware', { headers: {}, rawHeaders: ['Authorization', 'a'] }, undefined],
  ['missing', { headers: {} }, undefined],
])('Authorization %s', (_title, request, expected) => {
  expect(headerOf(request, 'authorization')).toBe(expected)
})

test('cookies in a list are one header', () => {
  expect(headerOf({ headers: { cookie: ['a=1', 'b=2'] } }, 'cookie')).toBe('a=1; b=2')
})

const response = {} as ServerResponse

test('a request of a cloud function, with headers alone: its token counts', async () => {
  const request = Object.assign(new IncomingMessage(new Socket()), {
    headers: { authorization: bearer },
  })
  expect(await guard(auth)(request, response)).toBe(true)
  expect(getAuth(request).identity).toBe('ada')
})

test('a mock that is neither a stream nor has a socket: its token and its body count', async () => {
  const mock = (parts: object) => ({ method: 'POST', url: '/', ...parts }) as NodeRequest
  const inHeader = mock({ headers: { authorization: bearer } })
  expect(await guard(auth)(inHeader, response)).toBe(true)
  expect(viewOf(inHeader).address).toBeUndefined()
  const headers = { 'content-type': 'application/json' }
  for (const body of [
    { access_token: token },
    Buffer.from(JSON.stringify({ access_token: token })),
  ])
    expect(await guard(auth)(mock({ headers, body }), response)).toBe(true)
})

test('a request injected into Fastify: its token counts, in a header and in the body', async () => {
  const app = fastify()
  app.post('/', { onRequest: forFastify.guard(auth) }, async (request) => request.body)
  const status = async (headers: Record<string, string>, payload: object) =>
    (await app.inject({ method: 'POST', url: '/', headers, payload })).statusCode
  expect(await status({ authorization: bearer }, {})).toBe(200)
  expect(await status({}, { access_token: token })).toBe(200)
  expect(await status({}, {})).toBe(401)
  await app.close()
})
