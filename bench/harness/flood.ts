import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { responseIn, type Load, type LoadResult } from './load.ts'

export interface Flood extends Load {
  /** Requests per second, sent without waiting for responses. */
  rate: number
  /** Called when every connection is open. */
  onOpen?(): void
}

export interface FloodResult extends LoadResult {
  /** Requests that were not sent, because every connection was still waiting for its response. */
  unsent: number
  /** Connections that broke. */
  broken: number
  /** Header sections of the responses by status, up to a thousand of each. */
  heads: Map<number, string[]>
}

type Send = (request: string | Uint8Array) => void

interface Connections {
  sockets: Socket[]
  /** The connections that are not waiting for a response. */
  idle: Send[]
}

/** How long the last responses may take, in milliseconds. */
const LAST_RESPONSES = 5000

/**
 * Sends `rate` requests per second without waiting for responses. Each connection has received a
 * response before the clock starts, because accepting connections is not what is measured.
 */
export async function flood(options: Flood): Promise<FloodResult> {
  const { port, connections, next } = options
  const result: FloodResult = {
    requests: 0,
    statuses: new Map(),
    latencies: [],
    took: 0,
    unsent: 0,
    broken: 0,
    heads: new Map(),
  }
  const open: Connections = { sockets: [], idle: [] }
  await Promise.all(
    Array.from({ length: connections }, (_, at) =>
      openConnection(port, next(at, null)!, open, result),
    ),
  )
  options.onOpen?.()
  await sendAtRate(options, open, result)
  const until = performance.now() + LAST_RESPONSES
  while (open.idle.length + result.broken < connections && performance.now() < until)
    await setTimeout(20)
  open.sockets.forEach((socket) => socket.destroy())
  return result
}

async function sendAtRate(
  { duration, rate, next }: Flood,
  { idle }: Connections,
  result: FloodResult,
): Promise<void> {
  const start = performance.now()
  let sent = 0
  while (performance.now() - start < duration) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate)
    for (; sent < due; sent++) {
      const send = idle.pop()
      if (send === undefined) result.unsent++
      else send(next(sent, null)!)
    }
    await setTimeout(1)
  }
  result.took = performance.now() - start
}

/** Resolves after the response to the first request, which is not counted. */
function openConnection(
  port: number,
  first: string | Uint8Array,
  { sockets, idle }: Connections,
  result: FloodResult,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let sentAt = 0
    let isOpen = false
    const send: Send = (request) => {
      sentAt = performance.now()
      socket.write(request)
    }
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.on('connect', () => send(first))
    socket.on('error', () => (result.broken++, resolve()))
    socket.on('data', (chunk: string) => {
      received += chunk
      const response = responseIn(received)
      if (response === null) return
      idle.push(send)
      resolve()
      if (isOpen) count(result, response.status, received, sentAt)
      isOpen = true
      received = ''
    })
  })
}

function count(result: FloodResult, status: number, received: string, sentAt: number): void {
  result.requests++
  result.statuses.set(status, (result.statuses.get(status) ?? 0) + 1)
  if (status === 200) result.latencies.push(performance.now() - sentAt)
  const heads = result.heads.get(status) ?? []
  if (heads.length < 1000) heads.push(received.slice(0, received.indexOf('\r\n\r\n')))
  result.heads.set(status, heads)
}
