import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { shedding, watchLag } from '../src/shed.ts'

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

test('a server that is behind answers 503 with Retry-After on a line that stays open, and works on afterwards', async () => {
  let behind = true
  let done = 0
  const server = createServer(shedding({ isBehind: () => behind }, (_request, response) => void response.end(String(++done))))
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/refresh`
  const refused = await fetch(address, { method: 'POST', body: 'x'.repeat(10_000) })
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(refused.headers.get('cache-control')).toBe('no-store')
  expect(refused.headers.getSetCookie()).toEqual([])
  expect(((await refused.json()) as { error: string }).error).toBe('retry')
  expect(done).toBe(0)
  behind = false
  expect(await (await fetch(address, { method: 'POST' })).text()).toBe('1')
})
