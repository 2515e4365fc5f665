import { once } from 'node:events'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that a stop waits for requests in progress. */
const MAX_STOP_TIME = 10_000
/** Milliseconds between two looks at the open connections. */
const CHECK_INTERVAL = 50

/**
 * Closes the server when the requests in progress are answered. For `drainTime` milliseconds, or
 * until no client is connected, it goes on answering, and asks each client to close its connection:
 * a connection that the server closes may lose a request that is on its way.
 */
export async function stopServer(
  server: Server,
  { drainTime }: { drainTime: number },
): Promise<void> {
  server.prependListener('request', (_request, response) =>
    response.setHeader('Connection', 'close'),
  )
  const until = performance.now() + drainTime
  while (performance.now() < until && (await connectionsOf(server)) > 0) await sleep(CHECK_INTERVAL)
  const closed = once(server, 'close')
  server.close()
  const idleCheck = setInterval(() => server.closeIdleConnections(), CHECK_INTERVAL)
  const limit = setTimeout(() => server.closeAllConnections(), MAX_STOP_TIME)
  await closed
  clearInterval(idleCheck)
  clearTimeout(limit)
  // Lets deferred work of the last requests run before the database is closed.
  await new Promise((resolve) => setImmediate(resolve))
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)))
