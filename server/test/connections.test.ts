import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { limitConnections, maxConnections } from '../src/http/connections.ts'
import { startServer } from './server.ts'

async function startLimited(limits: { max: number; maxSilence?: number }) {
  const server = createServer((_request, response) => response.end('ok'))
  limitConnections(server, limits)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  const open = async (): Promise<{ socket: Socket; closed: Promise<unknown> }> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    const closed = once(socket, 'close')
    await once(socket, 'connect')
    return { socket, closed }
  }
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/`)).status
  return { open, answers }
}

test('connections: one that sends nothing is closed, one that sends is not', async () => {
  const { open, answers } = await startLimited({ max: 10, maxSilence: 50 })
  const silent = await open()
  const speaking = await open()
  speaking.socket.write('GET / HTTP/1.1\r\n')
  await silent.closed
  expect(speaking.socket.destroyed).toBe(false)
  expect(await answers()).toBe(200)
})

test('connections: of too many, those that are silent for longest are closed', async () => {
  const { open, answers } = await startLimited({ max: 3, maxSilence: 60_000 })
  const [first, second] = [await open(), await open()]
  await open()
  await open()
  await first.closed
  expect(second.socket.destroyed).toBe(false)
  expect(await answers()).toBe(200)
  await second.closed
})

test('connections: their number leaves files for the rest of the server', () => {
  expect([maxConnections(1024), maxConnections(150), maxConnections(65_536)]).toEqual([
    924, 75, 65_436,
  ])
  expect(maxConnections()).toBeGreaterThan(0)
})

test('a body that is too large: its response arrives, the connection stays usable', async () => {
  const server = await startServer()
  for (const size of [20_000, 5_000_000, 20_000]) {
    const response = await fetch(`http://127.0.0.1:${server.port}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'x'.repeat(size) }),
    })
    expect([size, response.status]).toEqual([size, 413])
    expect(await response.json()).toMatchObject({ error: 'body_too_large' })
  }
})
