import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import {
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** A port for the server: its output does not contain the port if it has another origin. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

/**
 * What happens to one refresh: `lose` drops the response, `hold` delays it until `release`, `kill`
 * kills the server before it can respond.
 */
export type Fault = 'lose' | 'hold' | 'kill'

/**
 * The built server in a process of its own, behind a proxy that can cause faults. The browser talks
 * to the proxy, so its origin stays the same when the server is killed and started again. The
 * server keeps its data folder.
 */
export class ServerBehindProxy {
  /** The time of each refresh. Milliseconds since 1970. */
  readonly refreshes: number[] = []
  #fault: Fault | null = null
  #heldResponses: Array<() => void> = []
  #child: ChildProcess | null = null
  #port = 0
  readonly #proxy: Server
  readonly #data = mkdtempSync(join(tmpdir(), 'latchkey-browser-'))
  readonly #settings: Record<string, string>

  private constructor(settings: Record<string, string>) {
    this.#settings = settings
    this.#proxy = createServer((incoming, outgoing) => this.#forward(incoming, outgoing))
  }

  static async start(settings: Record<string, string>): Promise<ServerBehindProxy> {
    const server = new ServerBehindProxy(settings)
    await once(server.#proxy.listen(0, 'localhost'), 'listening')
    await server.startServer()
    return server
  }

  get origin(): string {
    return `http://localhost:${(this.#proxy.address() as AddressInfo).port}`
  }

  async startServer(): Promise<void> {
    this.#port ||= await freePort()
    const env = {
      ...process.env,
      ...this.#settings,
      PORT: String(this.#port),
      LATCHKEY_DATA: this.#data,
    }
    const child = spawn(process.execPath, [join(ROOT, 'server/dist/cli.js')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      let printed = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.includes('ready: ')) resolve()
      })
      child.once('exit', () =>
        reject(new Error(`the server ended before it was ready:\n${printed}`)),
      )
    })
  }

  /** Ends the process with a signal that it cannot handle, like a power failure. */
  async killServer(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Causes a fault at the next refresh. */
  failNextRefresh(fault: Fault): void {
    this.#fault = fault
  }

  get isHolding(): boolean {
    return this.#heldResponses.length > 0
  }

  release(): void {
    for (const send of this.#heldResponses.splice(0)) send()
  }

  async stop(): Promise<void> {
    this.release()
    await this.killServer()
    this.#proxy.closeAllConnections()
    this.#proxy.close()
    rmSync(this.#data, { recursive: true, force: true })
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const isRefresh = incoming.method === 'POST' && incoming.url === '/refresh'
    const fault = isRefresh ? this.#fault : null
    if (isRefresh) {
      this.refreshes.push(Date.now())
      this.#fault = null
    }
    const forwarded = request(
      {
        host: '127.0.0.1',
        port: this.#port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (response) => {
        const send = () => {
          outgoing.writeHead(response.statusCode!, response.headers)
          response.pipe(outgoing)
        }
        if (fault === 'lose') incoming.socket.destroy()
        else if (fault === 'hold') this.#heldResponses.push(send)
        else send()
      },
    )
    forwarded.once('error', () => incoming.socket.destroy())
    incoming.pipe(forwarded)
    if (fault === 'kill') forwarded.once('finish', () => void this.killServer())
  }
}
