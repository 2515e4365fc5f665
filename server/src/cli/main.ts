import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createPasswords, type Argon2 } from '../accounts/passwords.ts'
import { buildServices } from '../build-services.ts'
import { openData } from '../data/open.ts'
import { problem } from '../errors.ts'
import { createApp } from '../http/app.ts'
import { limitConnections, maxConnections, TIMEOUTS } from '../http/connections.ts'
import { monitorLag, withLoadShedding, type LagMonitor } from '../http/load-shedding.ts'
import { sendProblemJson } from '../http/responses.ts'
import { stopServer } from '../http/stop-server.ts'
import { setSecurityHeaders } from '../http/security-headers.ts'
import { createLog, errorFacts } from '../log.ts'
import { reportProcess } from '../report-process.ts'
import type { Services } from '../services.ts'
import { HEARTBEAT_INTERVAL } from '../sessions/streams.ts'
import { StartError, systemCode } from '../start-error.ts'
import { publicOrigin } from './config.ts'
import type { Config } from './settings.ts'

/** What the process provides, and what tests replace. */
export interface Environment {
  out(text: string): void
  err(text: string): void
  /** Milliseconds since 1970. */
  now?: () => number
  argon2?: Argon2
  /** Milliseconds between two heartbeats of event streams. */
  heartbeatInterval?: number
  lag?: LagMonitor
}

export interface RunningServer {
  /** The public origin. */
  url: string
  port: number
  services: Services
  /**
   * Waits for the requests in progress, then closes the database. For `drainTime` milliseconds it
   * goes on serving clients that are connected. The default is 0.
   */
  close(drainTime?: number): Promise<void>
}

/** Starts the server. Throws a `StartError`. */
export async function start(config: Config, environment: Environment): Promise<RunningServer> {
  const { out, err, now = Date.now, argon2, lag = monitorLag() } = environment
  const log = createLog(config, now, out, err)
  const { data, keys } = await openData({ config, now })
  try {
    const passwords = await createPasswords(argon2)
    const server = createServer(TIMEOUTS)
    limitConnections(server, { max: maxConnections() })
    const port = await listen(server, config)
    const services = buildServices({ config, port, keys, data, passwords, log, now })
    server.on('request', withLoadShedding(lag, requestListener(services)))
    const heartbeat = setInterval(
      () => void sendHeartbeats(services),
      environment.heartbeatInterval ?? HEARTBEAT_INTERVAL,
    )
    const reports = reportProcess(data.processes, services)
    async function close(drainTime = 0): Promise<void> {
      services.readiness.isStopping = true
      clearInterval(heartbeat)
      lag.stop()
      services.streams.closeAll()
      services.auth.close()
      await stopServer(server, { drainTime })
      await reports.stop()
      await data.close()
    }
    return { url: publicOrigin(config, port), port, services, close }
  } catch (error) {
    await data.close()
    throw error
  }
}

function requestListener(services: Services): RequestListener {
  // Called for a request that cannot be passed to the application, such as one with a bad URL.
  const errorHandler = () => {
    const response = sendProblemJson(problem('request_invalid'))
    setSecurityHeaders(response.headers, services)
    return response
  }
  // The adapter would close a connection whose body takes longer than half a second to arrive, also
  // one that a client already uses for its next request.
  const options = { errorHandler, autoCleanupIncoming: false }
  const listener = getRequestListener(createApp(services).fetch, options)
  return (request, response) => {
    response.once('finish', () => readRest(request))
    void listener(request, response)
  }
}

/** The longest rest of a body that is read, so that the client gets the response to it. Bytes. */
const MAX_REST = 64 * 1024 * 1024

/** Reads what is left of the body of a request that was answered before it had arrived. */
function readRest(request: IncomingMessage): void {
  if (request.complete) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_REST) request.destroy()
  })
  request.resume()
}

async function sendHeartbeats({ auth, streams, log }: Services): Promise<void> {
  const isOver = async (sessionId: string) => (await auth.explain(sessionId))?.end !== null
  await streams
    .heartbeat(isOver)
    .catch((error: unknown) => log('error', 'database-failed', errorFacts(error)))
}

const LISTEN_ERRORS: Readonly<Record<string, (config: Config) => string>> = {
  EADDRINUSE: ({ port }) =>
    `Port ${port} is used by another program. Set PORT to another port, or to 0 for any free one.`,
  EACCES: ({ port }) =>
    `This user may not listen on port ${port}. Set PORT to a port above 1023, or to 0 for any ` +
    'free one.',
  EADDRNOTAVAIL: () =>
    'HOST is not an address of this machine. Set it to 127.0.0.1 for this machine only, or to ' +
    '0.0.0.0 for all networks.',
  ENOTFOUND: () =>
    'HOST is a name that cannot be resolved. Set it to 127.0.0.1 for this machine only, or to ' +
    '0.0.0.0 for all networks.',
}

/** Listens and returns the port. */
async function listen(server: Server, config: Config): Promise<number> {
  server.listen(config.port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = systemCode(error)
    throw new StartError(
      LISTEN_ERRORS[code]?.(config) ?? `Cannot listen on port ${config.port} (${code}).`,
    )
  }
  return (server.address() as AddressInfo).port
}
