import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp } from '../http/app.ts'
import { sendProblemJson } from '../http/answers.ts'
import { buildServices } from '../build-services.ts'
import { publicOrigin, type Config } from './config.ts'
import { openData } from '../data/open.ts'
import { problem } from '../errors.ts'
import { createLog, errorFacts } from '../log.ts'
import { createPasswords, type Argon2 } from '../accounts/passwords.ts'
import { secure } from '../http/security-headers.ts'
import type { Services } from '../services.ts'
import { shedding, watchLag, type Shed } from '../http/shed.ts'
import { StartError, systemCode } from '../start-error.ts'
import { HEARTBEAT } from '../sessions/streams.ts'

export interface Surroundings {
  out(text: string): void
  err(text: string): void
  /** Milliseconds since 1970. */
  now?: () => number
  argon2?: Argon2
  /** Milliseconds between two signs of life on a stream. */
  heartbeat?: number
  shed?: Shed
}

/** A server that answers. */
export interface Running {
  /** Where browsers find it. */
  url: string
  port: number
  services: Services
  /** Lets the requests under way finish, and closes the database. */
  close(): Promise<void>
}

/** Milliseconds. A client that sends slower than this, or that holds a line open for nothing, is cut off. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 }

/** Milliseconds that a stopping server waits for requests under way, and between two looks for lines that have nothing to say. */
const LONGEST_STOP = 10_000
const SWEEP = 50

/** Starts the server. Throws a `StartError` with one sentence for whoever starts it. */
export async function start(
  config: Config,
  { out, err, now = Date.now, argon2, heartbeat = HEARTBEAT, shed = watchLag() }: Surroundings,
): Promise<Running> {
  const log = createLog(config, now, out, err)
  const { data, keys } = await openData({ config, now })
  try {
    const passwords = await createPasswords(argon2)
    const server = createServer(TIMEOUTS)
    const port = await listen(server, config)
    const services = buildServices({ config, port, keys, data, passwords, log, now })
    const { https } = services
    const unreadable = () => {
      const response = sendProblemJson(problem('request_invalid'))
      secure(response.headers, { https })
      return response
    }
    server.on(
      'request',
      shedding(shed, getRequestListener(createApp(services).fetch, { errorHandler: unreadable })),
    )
    const heart = setInterval(() => void beat(services), heartbeat)
    async function close(): Promise<void> {
      clearInterval(heart)
      shed.stop()
      services.streams.closeAll()
      services.auth.close()
      await stop(server)
      await data.close()
    }
    return { url: publicOrigin(config, port), port, services, close }
  } catch (error) {
    await data.close()
    throw error
  }
}

async function beat({ auth, streams, log }: Services): Promise<void> {
  const isOver = async (sessionId: string) => (await auth.explain(sessionId))?.end !== null
  await streams
    .beat(isOver)
    .catch((error: unknown) => log('error', 'database-failed', errorFacts(error)))
}

const SENTENCES: Readonly<Record<string, (config: Config) => string>> = {
  EADDRINUSE: ({ port }) =>
    `Port ${port} is taken by another program. Set PORT to another one, or to 0 for any that is free.`,
  EACCES: ({ port }) =>
    `This user may not listen on port ${port}. Set PORT to one above 1023, or to 0 for any that is free.`,
  EADDRNOTAVAIL: () =>
    'HOST is no address of this machine. Set it to 127.0.0.1 for this machine only, or to 0.0.0.0 for every network.',
  ENOTFOUND: () =>
    'HOST is a name that leads nowhere. Set it to 127.0.0.1 for this machine only, or to 0.0.0.0 for every network.',
}

async function listen(server: Server, config: Config): Promise<number> {
  server.listen(config.port, config.host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const code = systemCode(error)
    throw new StartError(
      SENTENCES[code]?.(config) ?? `The server cannot listen on port ${config.port} (${code}).`,
    )
  }
  return (server.address() as AddressInfo).port
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP)
  const limit = setTimeout(() => server.closeAllConnections(), LONGEST_STOP)
  await closed
  clearInterval(sweep)
  clearTimeout(limit)
  // What the last requests left for later, such as noting a generation as used, comes before the database is closed.
  await new Promise((resolve) => setImmediate(resolve))
}
