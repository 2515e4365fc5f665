/**
 * Latchkey as several server processes on one SQLite file, over real sockets and in real time. A
 * server crash kills a process with SIGKILL.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENDED_CODES } from 'latchkey/protocol'
import {
  NO_RESPONSE,
  type Cookies,
  type Fault,
  type Stack,
  type StackResponse,
} from 'latchkey-storm'

const PROGRAM = join(import.meta.dirname, 'server-process.ts')
const REFRESH_COOKIE = '__Host-latchkey-refresh'

interface RunningServer {
  child: ChildProcess
  port: number
}

interface RequestParts {
  cookies?: Cookies
  headers?: Record<string, string>
  body?: object
}

/** Starts the servers. Their lifetimes are shortened by the factor `pace`. */
export async function startProcessStack(
  count: number,
  pace: number,
): Promise<{ stack: Stack; close(): void }> {
  const servers = new ServerProcesses(pace)
  for (let server = 0; server < count; server++) await servers.start(server)
  const stack: Stack = {
    name: `Latchkey, ${count} processes on SQLite, killed by SIGKILL`,
    refreshCookie: REFRESH_COOKIE,
    accessLifetime: 300,
    grace: 30,
    servers: count,
    signIn: async (username, server) =>
      servers.send(server, 'POST', '/login', { body: { username, mode: 'cookie' } }),
    use: async ({ cookies, server }) => servers.send(server, 'GET', '/protected', { cookies }),
    refresh: async ({ cookies, server }, attempts) =>
      servers.send(server, 'POST', '/refresh', {
        cookies,
        ...(attempts !== null && { headers: { 'refresh-attempt': attempts } }),
      }),
    signOut: async ({ cookies, server }) => servers.send(server, 'POST', '/logout', { cookies }),
    injectFault: async (fault) => servers.injectFault(fault),
  }
  return { stack, close: () => servers.close() }
}

class ServerProcesses {
  readonly #pace: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'latchkey-storm-'))
  readonly #children = new Set<ChildProcess>()
  /** Null for a server that was killed. */
  readonly #servers: Array<RunningServer | null> = []

  constructor(pace: number) {
    this.#pace = pace
  }

  async start(number: number): Promise<void> {
    const args = [PROGRAM, join(this.#folder, 'sessions.db'), `${this.#pace}`]
    const child = spawn(process.execPath, ['--conditions=latchkey-source', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    this.#servers[number] = { child, port: Number(String(line)) }
  }

  async send(
    number: number,
    method: string,
    path: string,
    { cookies = {}, headers = {}, body }: RequestParts,
  ): Promise<StackResponse> {
    const server = this.#servers[number]
    if (!server) throw new Error('the server is down')
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: {
        cookie,
        'sec-fetch-site': 'same-origin',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000 / this.#pace),
    })
    return toStackResponse(response, this.#pace)
  }

  async injectFault(fault: Fault): Promise<boolean> {
    if (fault.type === 'server-crash') {
      this.#servers[fault.server]?.child.kill('SIGKILL')
      this.#servers[fault.server] = null
      return true
    }
    if (fault.type !== 'server-start') return false
    await this.start(fault.server)
    return true
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function toStackResponse(response: Response, pace: number): Promise<StackResponse> {
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as {
    expires_in?: number
    generation?: number
    error?: string
  }
  return {
    ...NO_RESPONSE,
    status: response.status,
    set: Object.fromEntries(response.headers.getSetCookie().map(parseSetCookie)),
    expiresIn: body.expires_in === undefined ? null : body.expires_in * pace,
    generation: body.generation ?? null,
    ended: response.status === 401 && isEndedCode(body.error),
  }
}

const isEndedCode = (code = ''): boolean => (ENDED_CODES as readonly string[]).includes(code)

function parseSetCookie(header: string): [name: string, value: string | null] {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(header)!
  return [name!, value === '' ? null : value!]
}
