import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { monitorLag, withLoadShedding } from '../src/http/load-shedding.ts'

test('lag monitor: lagging while its timer is overdue, until the timer fires', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let now = 0
  const lag = monitorLag(() => now)
  now += 20
  vi.advanceTimersByTime(20)
  expect(lag.isLagging()).toBe(false)
  // The event loop is blocked: time passes, and no timer fires.
  now += 520
  expect(lag.isLagging()).toBe(false)
  now += 1
  expect(lag.isLagging()).toBe(true)
  vi.advanceTimersByTime(20)
  expect(lag.isLagging()).toBe(false)
  lag.stop()
})

test('load shedding: lagging with more than 50 requests, 503 until it recovers', async () => {
  let lagging = true
  let done = 0
  const pending: ServerResponse[] = []
  const server = createServer(
    withLoadShedding({ isLagging: () => lagging }, ({ url }, response) => {
      if (url === '/pending') pending.push(response)
      else response.end(String(++done))
    }),
  )
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = `${origin}/refresh`
  const few = Array.from({ length: 50 }, async () => (await fetch(`${origin}/pending`)).status)
  await expect.poll(() => pending.length).toBe(50)
  const refused = await fetch(address, { method: 'POST', body: 'x'.repeat(10_000) })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('cache-control')).toBe('no-store')
  expect(refused.headers.getSetCookie()).toEqual([])
  expect(((await refused.json()) as { error: string }).error).toBe('temporarily_unavailable')
  expect(done).toBe(0)
  pending.forEach((response) => response.end())
  expect(new Set(await Promise.all(few))).toEqual(new Set([200]))
  expect(
    await (await fetch(address, { method: 'POST' })).text(),
    'with few requests in progress it is accepted, lagging or not',
  ).toBe('1')
  lagging = false
  expect(await (await fetch(address, { method: 'POST' })).text()).toBe('2')
})
