import { connect, type Socket } from 'node:net'

/**
 * Returns the next request of a connection as HTTP/1.1; null if the connection is done. `previous`
 * is the body of its last response.
 */
export type NextRequest = (
  connection: number,
  previous: string | null,
) => string | Uint8Array | null

export interface Load {
  port: number
  connections: number
  /** Milliseconds after which no new request is sent. */
  duration: number
  next: NextRequest
}

export interface Loaded {
  requests: number
  /** Number of responses by status. */
  statuses: Map<number, number>
  /** Milliseconds from each request to its response, in the order of the responses. */
  latencies: number[]
  /** Milliseconds. */
  took: number
}

/**
 * Keep-alive connections with one request at a time on each. Uses bare sockets, so that the load
 * generator costs less than the server.
 */
export async function load({ port, connections, duration, next }: Load): Promise<Loaded> {
  const loaded: Loaded = { requests: 0, statuses: new Map(), latencies: [], took: 0 }
  const start = performance.now()
  const until = start + duration
  await Promise.all(
    Array.from({ length: connections }, (_, at) => converse(at, port, until, next, loaded)),
  )
  loaded.took = performance.now() - start
  return loaded
}

function converse(
  at: number,
  port: number,
  until: number,
  next: NextRequest,
  loaded: Loaded,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let sentAt = 0
    const ask = (previous: string | null): void => {
      const request = performance.now() < until ? next(at, previous) : null
      if (request === null) return void socket.end()
      sentAt = performance.now()
      socket.write(request)
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => ask(null))
    socket.on('data', (chunk: string) => {
      received += chunk
      const answer = answerIn(received)
      if (answer === null) return
      received = ''
      loaded.requests++
      loaded.latencies.push(performance.now() - sentAt)
      loaded.statuses.set(answer.status, (loaded.statuses.get(answer.status) ?? 0) + 1)
      ask(answer.body)
    })
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
}

/** The whole response, or null while some of it is missing. */
function answerIn(text: string): { status: number; body: string } | null {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return null
  const status = Number(text.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1]
  if (length !== undefined) {
    const end = head + 4 + Number(length)
    return text.length >= end ? { status, body: text.slice(head + 4, end) } : null
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, head + 2))) {
    return text.endsWith('0\r\n\r\n')
      ? {
          status,
          body: text.slice(text.indexOf('\r\n', head + 4) + 2, text.lastIndexOf('\r\n0\r\n')),
        }
      : null
  }
  return { status, body: '' }
}

/** A percentile of the list; `share` is from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export interface Flood extends Load {
  /** Requests per second, sent without waiting for responses. */
  rate: number
  /** Called when every connection is open. */
  opened?(): void
}

export interface Flooded extends Loaded {
  /** Requests that were not sent, because every connection was still waiting for its response. */
  unsent: number
  /** Connections that broke. */
  broken: number
  /** Header sections of the responses by status, up to a thousand of each. */
  heads: Map<number, string[]>
}

/**
 * Sends `rate` requests per second without waiting for responses. Each connection has had a
 * response before the clock starts: accepting connections is not what is measured.
 */
export async function flood({
  port,
  connections,
  duration,
  next,
  rate,
  opened,
}: Flood): Promise<Flooded> {
  const flooded: Flooded = {
    requests: 0,
    statuses: new Map(),
    latencies: [],
    took: 0,
    unsent: 0,
    broken: 0,
    heads: new Map(),
  }
  const idle: Array<(request: string | Uint8Array) => void> = []
  const sockets: Socket[] = []
  await Promise.all(
    Array.from({ length: connections }, (_, at) =>
      openLine(port, next(at, null)!, idle, sockets, flooded),
    ),
  )
  opened?.()
  const start = performance.now()
  let sent = 0
  while (performance.now() - start < duration) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate)
    for (; sent < due; sent++) {
      const line = idle.pop()
      if (line === undefined) flooded.unsent++
      else line(next(sent, null)!)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  flooded.took = performance.now() - start
  const patience = performance.now() + 5000
  while (idle.length + flooded.broken < connections && performance.now() < patience)
    await new Promise((resolve) => setTimeout(resolve, 20))
  sockets.forEach((socket) => socket.destroy())
  return flooded
}

function openLine(
  port: number,
  first: string | Uint8Array,
  idle: Array<(request: string | Uint8Array) => void>,
  sockets: Socket[],
  flooded: Flooded,
): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let sentAt = 0
    let isOpen = false
    const send = (request: string | Uint8Array): void => {
      sentAt = performance.now()
      socket.write(request)
    }
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.on('connect', () => send(first))
    socket.on('error', () => (flooded.broken++, resolve()))
    socket.on('data', (chunk: string) => {
      received += chunk
      const answer = answerIn(received)
      if (answer === null) return
      idle.push(send)
      resolve()
      if (isOpen) count(flooded, answer.status, received, sentAt)
      isOpen = true
      received = ''
    })
  })
}

function count(flooded: Flooded, status: number, received: string, sentAt: number): void {
  flooded.requests++
  flooded.statuses.set(status, (flooded.statuses.get(status) ?? 0) + 1)
  if (status === 200) flooded.latencies.push(performance.now() - sentAt)
  const heads = flooded.heads.get(status) ?? []
  if (heads.length < 1000) heads.push(received.slice(0, received.indexOf('\r\n\r\n')))
  flooded.heads.set(status, heads)
}
