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

/** The server's port, which its own words do not name behind another origin. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

/** What the network does with one refresh: `lose` drops the answer, `hold` keeps it until `release`, `kill` kills the server first. */
export type Mishap = 'lose' | 'hold' | 'kill'

/**
 * The real server, as it is built, behind a network that can fail: one address for the browser, whatever happens behind it.
 * The server keeps its data folder when it is killed and started again.
 */
export class Front {
  /** When each refresh came. Milliseconds since 1970. */
  readonly refreshes: number[] = []
  #mishap: Mishap | null = null
  #held: Array<() => void> = []
  #child: ChildProcess | null = null
  #port = 0
  readonly #proxy: Server
  readonly #data = mkdtempSync(join(tmpdir(), 'latchkey-proof-'))
  readonly #settings: Record<string, string>

  private constructor(settings: Record<string, string>) {
    this.#settings = settings
    this.#proxy = createServer((incoming, outgoing) => this.#pass(incoming, outgoing))
  }

  static async start(settings: Record<string, string>): Promise<Front> {
    const front = new Front(settings)
    await once(front.#proxy.listen(0, 'localhost'), 'listening')
    await front.startServer()
    return front
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

  /** As a power cut does it: no signal that the process could catch. */
  async killServer(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** The next refresh meets a mishap. */
  next(mishap: Mishap): void {
    this.#mishap = mishap
  }

  get holding(): boolean {
    return this.#held.length > 0
  }

  release(): void {
    for (const send of this.#held.splice(0)) send()
  }

  async stop(): Promise<void> {
    this.release()
    await this.killServer()
    this.#proxy.closeAllConnections()
    this.#proxy.close()
    rmSync(this.#data, { recursive: true, force: true })
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const isRefresh = incoming.method === 'POST' && incoming.url === '/refresh'
    const mishap = isRefresh ? this.#mishap : null
    if (isRefresh) {
      this.refreshes.push(Date.now())
      this.#mishap = null
    }
    const onward = request(
      {
        host: '127.0.0.1',
        port: this.#port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        const send = () => {
          outgoing.writeHead(answer.statusCode!, answer.headers)
          answer.pipe(outgoing)
        }
        if (mishap === 'lose') incoming.socket.destroy()
        else if (mishap === 'hold') this.#held.push(send)
        else send()
      },
    )
    onward.once('error', () => incoming.socket.destroy())
    incoming.pipe(onward)
    if (mishap === 'kill') onward.once('finish', () => void this.killServer())
  }
}
