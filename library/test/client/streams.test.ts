import { afterEach, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client/header.ts'
import { Site } from './site.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A body that is gone once it was sent. A browser streams over HTTP/2 only; Node's `fetch`, which is the same code to the client, does here. */
const stream = (): RequestInit =>
  ({ method: 'POST', body: new Blob(['stream']).stream(), duplex: 'half' }) as RequestInit

async function signedIn() {
  const site = await new Site().listen()
  vi.stubGlobal('location', { origin: site.origin, href: `${site.origin}/` })
  vi.stubGlobal('addEventListener', () => {})
  const client = createClient({ name: site.origin })
  await client.signIn({ name: 'ann' })
  return { site, client, done: () => (client.dispose(), site.close()) }
}

test('a stream that is refused went out once, and its 401 is the answer', async () => {
  const { site, client, done } = await signedIn()
  site.expireAll()
  expect((await client.fetch(`${site.origin}/b`, stream())).status).toBe(401)
  expect(site.seen.map(({ body }) => body)).toEqual(['stream'])
  expect(site.refreshes).toBe(0)
  done()
})

test('so tokens are renewed earlier for it than for a body that can be sent again', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { site, client, done } = await signedIn()
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
  done()
})
