/** A page without IndexedDB and BroadcastChannel, and a server that accepts every sign-in. */
import { vi } from 'vitest'
import { abortable } from '../../src/client/internal/abort.ts'

export const ORIGIN = 'https://app.example.com'

export class FakePage {
  cookie = ''
  hidden = false
  baseURI = `${ORIGIN}/shop/`
  /** The browser stores no cookie. */
  blocksCookies = false
  /** The paths of all requests, each with the session id of its header. */
  requests: string[] = []
  /** The bodies of all sign-ins. */
  bodies: unknown[] = []
  generation = 0
  /** If set, requests of the application wait for it. */
  slow: Promise<void> | null = null
  refresh: () => Promise<Response> = async () => this.#tokens()
  /** If set, the response to a sign-in. */
  signIn: (() => Response) | null = null
  readonly #pageListeners: Array<() => void> = []
  #sessionId = ''

  constructor() {
    vi.stubGlobal('location', { origin: ORIGIN, href: this.baseURI, protocol: 'https:' })
    vi.stubGlobal('document', this)
    vi.stubGlobal('BroadcastChannel', undefined)
    vi.stubGlobal('addEventListener', (_type: string, listener: () => void) =>
      this.#pageListeners.push(listener),
    )
    const respond = (url: string, init: RequestInit): Promise<Response> =>
      abortable(init.signal, this.#respond(url, init))
    // As in a browser, it cannot be called as a method of another object.
    vi.stubGlobal('fetch', function (this: unknown, url: string, init: RequestInit) {
      if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation')
      return respond(url, init)
    })
  }

  /** Dispatches the first of the events after which the client looks at its session again. */
  dispatchPageEvent(): void {
    this.#pageListeners[0]!()
  }

  async #respond(url: string, { body, headers }: RequestInit): Promise<Response> {
    const path = new URL(url, this.baseURI).pathname
    this.requests.push(`${path} ${new Headers(headers).get('latchkey-session') ?? ''}`.trim())
    if (path === '/logout') {
      this.cookie = ''
      return new Response(null, { status: 204 })
    }
    if (path === '/refresh') return this.refresh()
    if (path !== '/login') return (await this.slow, Response.json({}))
    this.bodies.push(JSON.parse(body as string))
    if (this.signIn) return this.signIn()
    this.#sessionId = (JSON.parse(body as string) as { name: string }).name
    this.generation = 0
    return this.#tokens()
  }

  #tokens(): Response {
    if (!this.blocksCookies)
      this.cookie = `__Host-latchkey-session=${this.#sessionId}.${this.generation}`
    return Response.json({
      session_id: this.#sessionId,
      generation: this.generation,
      expires_in: 300,
      refresh_expires_in: 1e6,
      greeting: 'hello',
    })
  }
}
