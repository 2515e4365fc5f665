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

export interface LoadResult {
  requests: number
  /** Number of responses by status. */
  statuses: Map<number, number>
  /** Milliseconds from each request to its response, in the order of the responses. */
  latencies: number[]
  /** Milliseconds. */
  took: number
}

/**
 * Opens keep-alive connections, and sends one request at a time on each. Uses bare sockets: the
 * load generator must cost less than the server.
 */
export async function load({ port, connections, duration, next }: Load): Promise<LoadResult> {
  const result: LoadResult = { requests: 0, statuses: new Map(), latencies: [], took: 0 }
  const start = performance.now()
  const until = start + duration
  await Promise.all(
    Array.from({ length: connections }, (_, at) => runConnection(at, port, until, next, result)),
  )
  result.took = performance.now() - start
  return result
}

function runConnection(
  at: number,
  port: number,
  until: number,
  next: NextRequest,
  result: LoadResult,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let sentAt = 0
    const sendNext = (previous: string | null): void => {
      const request = performance.now() < until ? next(at, previous) : null
      if (request === null) return void socket.end()
      sentAt = performance.now()
      socket.write(request)
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => sendNext(null))
    socket.on('data', (chunk: string) => {
      received += chunk
      const response = responseIn(received)
      if (response === null) return
      received = ''
      result.requests++
      result.latencies.push(performance.now() - sentAt)
      result.statuses.set(response.status, (result.statuses.get(response.status) ?? 0) + 1)
      sendNext(response.body)
    })
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })
}

/** The whole response, or null while some of it is missing. */
export function responseIn(text: string): { status: number; body: string } | null {
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
