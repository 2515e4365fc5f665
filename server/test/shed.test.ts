import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { shedding, watchLag } from '../src/http/shed.ts'

test('a process is behind while its look at the clock is overdue, and not any more once it has looked', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let now = 0
  const shed = watchLag(() => now)
  now += 20
  vi.advanceTimersByTime(20)
  expect(shed.isBehind()).toBe(false)
  // The loop is held up: the clock goes on, and no timer fires.
  now += 520
  expect(shed.isBehind()).toBe(false)
  now += 1
  expect(shed.isBehind()).toBe(true)
  vi.advanceTimersByTime(20)
  expect(shed.isBehind()).toBe(false)
  shed.stop()
})

test('a server that is behind with many requests answers 503 with Retry-After on a line that stays open, and works on afterwards', async () => {
  let behind = true
  let done = 0
  const held: ServerResponse[] = []
  const server = createServer(
    shedding({ isBehind: () => behind }, ({ url }, response) => {
      if (url === '/held') held.push(response)
      else response.end(String(++done))
    }),
  )
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const address = `${origin}/refresh`
  const few = Array.from({ length: 50 }, async () => (await fetch(`${origin}/held`)).status)
  await expect.poll(() => held.length).toBe(50)
  const refused = await fetch(address, { method: 'POST', body: 'x'.repeat(10_000) })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('cache-control')).toBe('no-store')
  expect(refused.headers.getSetCookie()).toEqual([])
  expect(((await refused.json()) as { error: string }).error).toBe('temporarily_unavailable')
  expect(done).toBe(0)
  held.forEach((response) => response.end())
  expect(new Set(await Promise.all(few))).toEqual(new Set([200]))
  expect(
    await (await fetch(address, { method: 'POST' })).text(),
    'with few under way it is answered, behind or not',
  ).toBe('1')
  behind = false
  expect(await (await fetch(address, { method: 'POST' })).text()).toBe('2')
})
