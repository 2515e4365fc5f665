import { expect, test } from 'vitest'
import { startServer, type TestServer } from './server.ts'

const warningsOf = ({ output }: TestServer) =>
  output
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'origin-mismatch')

const get = async ({ send }: TestServer, headers: Record<string, string>) =>
  send('GET', '/login', { headers })

test('origin: https in front of a server that is configured for http is logged, once', async () => {
  const server = await startServer()
  await get(server, { 'x-forwarded-proto': 'https' })
  await get(server, { 'x-forwarded-proto': 'https' })
  expect(warningsOf(server)).toEqual([
    {
      time: expect.any(String),
      level: 'warning',
      event: 'origin-mismatch',
      seen: server.origin.replace('http:', 'https:'),
      configured: server.origin,
      hint: expect.stringContaining('LATCHKEY_ORIGIN'),
    },
  ])
})

test.each([
  [{ origin: 'https://shop.example', host: 'shop.example' }],
  [{ origin: 'https://shop.example', host: '127.0.0.1', 'sec-fetch-site': 'same-origin' }],
])('origin: a browser that shows another origin is logged: %j', async (headers) => {
  const server = await startServer()
  await get(server, headers)
  expect(warningsOf(server)).toMatchObject([{ seen: 'https://shop.example' }])
})

test('origin: http in the browser while https is configured is logged', async () => {
  const server = await startServer({
    LATCHKEY_ORIGIN: 'https://shop.example',
    LATCHKEY_TRUST_PROXY: '1',
  })
  await get(server, { 'x-forwarded-proto': 'http' })
  await get(server, { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' })
  expect(warningsOf(server)).toMatchObject([{ seen: 'http://shop.example' }])
})

test('origin: requests of other sites, of aliases and without headers are not logged', async () => {
  const server = await startServer()
  await get(server, {})
  await get(server, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })
  await get(server, { origin: 'null' })
  await get(server, { origin: server.origin.replace('localhost', '127.0.0.1') })
  await get(server, { 'x-forwarded-proto': 'http', host: 'localhost' })
  await get(server, { 'x-forwarded-proto': 'junk, https' })
  expect(warningsOf(server)).toEqual([])
})

test('origin: a client cannot fill the log with invented origins', async () => {
  const server = await startServer()
  for (let n = 0; n < 50; n++)
    await get(server, { origin: `https://h${n}.example`, 'sec-fetch-site': 'same-origin' })
  expect(warningsOf(server)).toHaveLength(8)
})
