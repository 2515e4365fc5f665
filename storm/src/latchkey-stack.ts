import { createAuth, type AuthOptions, type SessionAuth, type Store } from 'latchkey'
import { guard, routes } from 'latchkey/fetch'
import {
  ATTEMPT_HEADER,
  COOKIES,
  ENDED_CODES,
  HOST_PREFIX,
  PATHS,
  type ErrorResponse,
  type TokenResponse,
} from 'latchkey/protocol'
import { FailingDatabase, newProcess, type Process } from './failing-store.ts'
import { Random } from './random.ts'
import type { Cookies, Fault, Stack, StackResponse } from './sign-in-stack.ts'

export interface LatchkeyStackOptions {
  name?: string
  /**
   * One store for each server, all on the same database. Each server is an auth object of its own.
   */
  stores: readonly Store[]
  /** The clock of the storm. */
  now: () => number
  /** Further options of `createAuth`. */
  auth?: Omit<AuthOptions, 'store' | 'now'>
}

const DEFAULT_LIFETIME = 300
const DEFAULT_GRACE = 30
const SECRET = 'a secret that only the storm uses, of 32 bytes or more'
const ORIGIN = 'https://storm.example'
const PROTECTED = '/protected'

/** Latchkey as a stack: its routes in cookie mode, called without sockets. */
export function latchkeyStack(options: LatchkeyStackOptions): Stack {
  const { name = 'Latchkey', stores, auth = {} } = options
  const servers = new Servers(options)
  return {
    name,
    refreshCookie: HOST_PREFIX + COOKIES.refresh,
    accessLifetime: auth.accessLifetime ?? DEFAULT_LIFETIME,
    grace: auth.grace ?? DEFAULT_GRACE,
    servers: stores.length,
    signIn: (username, server) =>
      servers.send(server, 'POST', PATHS.signIn, { body: { username, mode: 'cookie' } }),
    use: ({ cookies, server }) => servers.send(server, 'GET', PROTECTED, { cookies }),
    refresh: ({ cookies, server }, attempts) =>
      servers.send(server, 'POST', PATHS.refresh, {
        cookies,
        ...(attempts !== null && { headers: { [ATTEMPT_HEADER]: attempts } }),
      }),
    signOut: ({ cookies, server }) => servers.send(server, 'POST', PATHS.signOut, { cookies }),
    async injectFault(fault) {
      await servers.injectFault(fault)
      return true
    },
  }
}

interface Server {
  process: Process
  auth: SessionAuth
  handle(request: Request): Promise<Response>
}

interface RequestParts {
  cookies?: Cookies
  headers?: Record<string, string>
  body?: object
}

/** The server processes, and the database that they share. */
class Servers {
  readonly #options: LatchkeyStackOptions
  readonly #database: FailingDatabase
  readonly #random = new Random(1)
  /** Null for a server that has crashed. */
  readonly #servers: Array<Server | null>

  constructor(options: LatchkeyStackOptions) {
    this.#options = options
    this.#database = new FailingDatabase(options.stores[0]!)
    this.#servers = options.stores.map((store) => this.#start(store))
  }

  async send(
    number: number,
    method: 'GET' | 'POST',
    path: string,
    parts: RequestParts,
  ): Promise<StackResponse> {
    const server = this.#servers[number]
    if (!server) throw new Error('the server is down')
    const response = server.handle(toRequest(method, path, parts))
    return toStackResponse(await Promise.race([response, server.process.crashed]))
  }

  async injectFault(fault: Fault): Promise<void> {
    switch (fault.type) {
      case 'server-crash':
        return this.#crash(fault.server, fault.afterOperations)
      case 'server-start':
        return this.#restart(fault.server)
      case 'database-down':
        return this.#database.stop()
      case 'database-up':
        return this.#database.start()
      case 'replica-lag':
        return this.#database.startReplicaLag()
      case 'failover':
        return this.#database.failOver()
    }
  }

  #start(store: Store): Server {
    const process = newProcess()
    const auth = createAuth({
      secret: SECRET,
      randomBytes: (count: number) => this.#randomBytes(count),
      ...this.#options.auth,
      now: this.#options.now,
      store: this.#database.storeFor(process, store),
    })
    const handleRoute = routes(auth, { signIn: ({ username }) => username as string })
    const handleProtected = guard(auth, () => new Response(null))
    return {
      process,
      auth,
      handle: async (request) =>
        new URL(request.url).pathname === PROTECTED
          ? handleProtected(request)
          : (await handleRoute(request))!,
    }
  }

  #randomBytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#random.integer(256))
  }

  /** The server crashes during its next operations, and is unreachable from then on. */
  #crash(number: number, afterOperations: number): void {
    const server = this.#servers[number]
    if (!server) return
    server.process.remainingOperations = afterOperations
    server.process.crashed.catch(() => {
      if (this.#servers[number] !== server) return
      server.auth.close()
      this.#servers[number] = null
    })
  }

  #restart(number: number): void {
    const server = this.#servers[number]
    server?.process.crash()
    server?.auth.close()
    this.#servers[number] = this.#start(this.#options.stores[number]!)
  }
}

function toRequest(
  method: string,
  path: string,
  { cookies = {}, headers = {}, body }: RequestParts,
): Request {
  const cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  return new Request(ORIGIN + path, {
    method,
    headers: {
      'sec-fetch-site': 'same-origin',
      ...(cookie !== '' && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function toStackResponse(response: Response): Promise<StackResponse> {
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Partial<TokenResponse & ErrorResponse>
  const { expires_in = null, generation = null, error = '' } = body
  return {
    status: response.status,
    set: Object.fromEntries(response.headers.getSetCookie().map(parseSetCookie)),
    expiresIn: expires_in,
    generation,
    ended: response.status === 401 && (ENDED_CODES as readonly string[]).includes(error),
  }
}

function parseSetCookie(header: string): [name: string, value: string | null] {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)!
  return [name!, value === '' ? null : value!]
}
