/** Request bodies that are streams. */
import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/header.ts'
import { Site } from './site.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/**
 * A body that can be sent once. Browsers stream bodies over HTTP/2 only, so these tests use the
 * `fetch` of Node.
 */
const stream = (): RequestInit =>
  ({ method: 'POST', body: new Blob(['stream']).stream(), duplex: 'half' }) as RequestInit

async function setUp() {
  const site = await new Site().listen()
  vi.stubGlobal('location', { origin: site.origin, href: `${site.origin}/` })
  vi.stubGlobal('addEventListener', () => {})
  const client = createClient({ name: site.origin })
  await client.signIn({ name: 'ann' })
  return { site, client, cleanUp: () => (client.dispose(), site.close()) }
}

test('stream: refused with 401, it is sent once and the 401 is returned', async () => {
  const { site, client, cleanUp } = await setUp()
  site.expireAll()
  expect((await client.fetch(`${site.origin}/b`, stream())).status).toBe(401)
  expect(site.seen.map(({ body }) => body)).toEqual(['stream'])
  expect(site.refreshes).toBe(0)
  cleanUp()
})

test('stream: tokens are renewed earlier than for a body that can be sent again', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { site, client, cleanUp } = await setUp()
  vi.advanceTimersByTime(245_000)
  expect((await client.fetch(`${site.origin}/b`, { method: 'POST', body: 'text' })).status).toBe(
    200,
  )
  expect(site.refreshes).toBe(0)
  expect((await client.fetch(`${site.origin}/b`, stream())).status).toBe(200)
  expect(site.refreshes).toBe(1)
  vi.advanceTimersByTime(275_000)
  expect((await client.fetch(`${site.origin}/b`, { method: 'POST', body: 'text' })).status).toBe(
    200,
  )
  expect(site.refreshes).toBe(2)
  expect(site.seen.map(({ status }) => status)).toEqual([200, 200, 200])
  cleanUp()
})
