/** Latchkey as several server processes on one SQLite file, over real sockets, in real time; a server that dies is killed by SIGKILL. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_ANSWER, type Answer, type Asking, type Cookies, type Stack } from 'latchkey-storm'

const PROGRAM = join(import.meta.dirname, 'server-process.ts')
const REFRESH_COOKIE = '__Host-latchkey-refresh'
const ENDED = /^session_/

interface Running {
  child: ChildProcess
  port: number
}

/** `pace`: so many times as fast as life. The servers' lifetimes are shorter by as much. */
export async function processStack(
  count: number,
  pace: number,
): Promise<{ stack: Stack; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-storm-'))
  const path = join(folder, 'sessions.db')
  const servers: Array<Running | null> = []
  const children = new Set<ChildProcess>()

  async function start(server: number): Promise<void> {
    const child = spawn(
      process.execPath,
      ['--conditions=latchkey-source', PROGRAM, path, `${pace}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    children.add(child)
    child.once('exit', () => children.delete(child))
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    servers[server] = { child, port: Number(String(line)) }
  }
  for (let server = 0; server < count; server++) await start(server)

  async function ask(
    server: number,
    method: string,
    path: string,
    cookies: Cookies,
    more: Record<string, string> = {},
    body?: object,
  ): Promise<Answer> {
    const running = servers[server]
    if (!running) throw new Error('the server is down')
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const headers = {
      cookie,
      'sec-fetch-site': 'same-origin',
      ...(body && { 'content-type': 'application/json' }),
      ...more,
    }
    const response = await fetch(`http://127.0.0.1:${running.port}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000 / pace),
    })
    const text = await response.text()
    const {
      expires_in = null,
      generation = null,
      error = '',
    } = (text === '' ? {} : JSON.parse(text)) as {
      expires_in?: number
      generation?: number
      error?: string
    }
    const set = Object.fromEntries(
      response.headers
        .getSetCookie()
        .map((line) => [line.slice(0, line.indexOf('=')), /^[^=]+=([^;]*)/.exec(line)![1] || null]),
    )
    return {
      ...NO_ANSWER,
      status: response.status,
      set,
      expiresIn: expires_in === null ? null : expires_in * pace,
      generation,
      ended: response.status === 401 && ENDED.test(error),
    }
  }

  const stack: Stack = {
    name: `Latchkey, ${count} processes on SQLite, killed by SIGKILL`,
    refreshCookie: REFRESH_COOKIE,
    accessLifetime: 300,
    grace: 30,
    servers: count,
    signIn: (username, server) =>
      ask(server, 'POST', '/login', {}, {}, { username, mode: 'cookie' }),
    use: ({ cookies, server }: Asking) => ask(server, 'GET', '/protected', cookies),
    refresh: ({ cookies, server }, attempts) =>
      ask(
        server,
        'POST',
        '/refresh',
        cookies,
        attempts === null ? {} : { 'refresh-attempt': attempts },
      ),
    signOut: ({ cookies, server }) => ask(server, 'POST', '/logout', cookies),
    async happen(happening) {
      if (happening.what === 'server dies') {
        servers[happening.server]?.child.kill('SIGKILL')
        servers[happening.server] = null
        return true
      }
      if (happening.what !== 'server starts') return false
      await start(happening.server)
      return true
    },
  }
  const close = (): void => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  return { stack, close }
}
