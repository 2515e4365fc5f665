/**
 * The library's routes and guard on a real HTTP server, for the client in a browser. It also serves
 * the client's source as modules. Its clock can be moved, and a test can lose, delay or replace any
 * response.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { settingsOf } from '../../src/core/settings-of-auth.ts'
import { createAuth, readTicket, type SessionAuth, type AuthEvent } from '../../src/index.ts'
import { decodeRefreshToken } from '../../src/core/session/refresh-token.ts'
import { refusalReply } from '../../src/http/replies.ts'
import { handleRoute } from '../../src/http/routes/index.ts'
import { viewOf } from '../../src/adapters/node.ts'
import { ATTEMPT_HEADER, SESSION_HEADER } from '../../src/protocol.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { challenge, moduleAt, PAGE, refreshTokenOf, type SiteResponse } from './site-parts.ts'

export interface SeenRequest {
  path: string
  method: string
  /** The identity of the session; null if the request was refused. */
  identity: string | null
  /** A long body is replaced by its hash and its length. */
  body: string
  headers: IncomingMessage['headers']
  status: number
}

/**
 * Handles a request in a test. `next` returns the response of the server. The handler may delay it,
 * replace it, or return 'lost' to close the connection without one. `identity` is that of the
 * refresh token.
 */
export type Handler = (
  next: () => Promise<SiteResponse>,
  identity: string | null,
) => SiteResponse | 'lost' | Promise<SiteResponse | 'lost'>

const passThrough: Handler = (next) => next()
/** Seconds. */
const DAY = 86_400
/** Bytes. */
const LONG_BODY = 300_000

export class Site {
  /** Seconds. To be set before the first request. */
  lifetime = 300
  grace = 30
  /** Origins of other pages that may send requests with cookies. */
  trustedOrigins: string[] = []
  /** The `expires_in` that responses claim for an identity, in place of the true lifetime. */
  claimedLifetime: ((identity: string) => unknown) | null = null
  onSignIn: Handler = passThrough
  onRefresh: Handler = passThrough
  onSignOut: Handler = passThrough
  onApplication: Handler = passThrough
  /** All requests to routes of the application. */
  seen: SeenRequest[] = []
  /** The header `Refresh-Attempt` of all refreshes. */
  attempts: string[] = []
  /** The paths of all preflights. */
  preflights: string[] = []
  events: AuthEvent[] = []
  signOuts = 0
  /** The source of the service worker. */
  worker = ''
  #auth: SessionAuth | null = null
  /** Milliseconds. */
  #clockOffset = 0
  /** Identities by session id. */
  readonly #identities = new Map<string, string>()
  readonly #server = createServer((request, response) => void this.#handle(request, response))

  get auth(): SessionAuth {
    return (this.#auth ??= createAuth({
      secret: randomBytes(32),
      store: memoryStore(),
      now: () => Date.now() + this.#clockOffset,
      accessLifetime: this.lifetime,
      grace: this.grace,
      idleLifetime: 900 * DAY,
      absoluteLifetime: 900 * DAY,
      origins: this.trustedOrigins,
      dangerouslyInsecureCookies: true,
      onEvent: (event) => {
        this.events.push(event)
        if (event.type === 'signed-in') this.#identities.set(event.sessionId, event.identity)
      },
    }))
  }

  get refreshes(): number {
    return this.attempts.length
  }

  get reuses(): number {
    return this.events.filter(({ type }) => type === 'reused').length
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve))
    return this
  }

  close(): void {
    this.#auth?.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  dropIdleConnections(): void {
    this.#server.closeIdleConnections()
  }

  /**
   * Moves the server's clock: all access tokens have expired, without the clients knowing it, and
   * the grace of all generations is over.
   */
  expireAll(): void {
    this.#clockOffset += (Math.max(this.lifetime, this.grace) + 1) * 1000
  }

  async end(identity: string, reason: string): Promise<void> {
    for (const { id } of (await this.auth.sessions(identity)).sessions)
      await this.auth.signOut(id, reason)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const result = await this.#route(request, pathname)
    if (result === 'lost') return void request.socket.destroy()
    const { status, headers = [], body } = result
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const type =
      pathname === '/'
        ? 'text/html'
        : /\.[tj]s$/.test(pathname)
          ? 'text/javascript'
          : 'application/json'
    // Browsers keep no page with `no-store` for the history.
    const isStatic = pathname === '/' || pathname.startsWith('/src/')
    response
      .setHeader('content-type', type)
      .setHeader('cache-control', isStatic ? 'max-age=60' : 'no-store')
    for (const [name, value] of [...this.#cors(request), ...headers]) {
      if (/^set-cookie$/i.test(name)) response.appendHeader(name, value)
      else response.setHeader(name, value)
    }
    response.writeHead(status).end(text)
  }

  #cors({ headers: { origin } }: IncomingMessage): Array<[string, string]> {
    if (!origin) return []
    return [
      ['access-control-allow-origin', origin],
      ['access-control-allow-credentials', 'true'],
      [
        'access-control-allow-headers',
        `authorization, content-type, ${ATTEMPT_HEADER}, ${SESSION_HEADER}`,
      ],
    ]
  }

  async #route(request: IncomingMessage, path: string): Promise<SiteResponse | 'lost'> {
    if (request.method === 'OPTIONS') return (this.preflights.push(path), { status: 204 })
    if (path === '/') return { status: 200, body: PAGE }
    if (path.startsWith('/src/')) return { status: 200, body: moduleAt(path.slice(5)) }
    if (path === '/worker.js') return { status: 200, body: this.worker }
    if (path === '/expire') return (this.expireAll(), { status: 204 })
    if (path === '/lost') return 'lost'
    const next = (): Promise<SiteResponse> => this.#handleAuthRoute(request)
    const identity =
      this.#identities.get(
        decodeRefreshToken(settingsOf(this.auth).refreshKeys, refreshTokenOf(request))?.sessionId ??
          '',
      ) ?? null
    if (path === '/login') return this.onSignIn(next, identity)
    if (path === '/logout') return this.onSignOut(() => (this.signOuts++, next()), identity)
    if (path === '/refresh')
      return (
        this.attempts.push(String(request.headers[ATTEMPT_HEADER])),
        this.onRefresh(next, identity)
      )
    if (path === '/ticket' || path === '/sessions') return next()
    return this.onApplication(() => this.#application(request, path), identity)
  }

  async #handleAuthRoute(request: IncomingMessage): Promise<SiteResponse> {
    const signIn = ({ name, password }: Record<string, unknown>): { identity: string } | null =>
      password === 'wrong' ? null : { identity: String(name) }
    const reply = (await handleRoute(this.auth, viewOf(request), { signIn }))!
    const body = reply.body as { expires_in?: unknown; session_id?: string } | undefined
    if (this.claimedLifetime && body?.session_id)
      body.expires_in = this.claimedLifetime(this.#identities.get(body.session_id) ?? '')
    return reply as SiteResponse
  }

  async #application(request: IncomingMessage, path: string): Promise<SiteResponse> {
    const auth =
      path === '/stream'
        ? await this.auth.redeemTicket(readTicket(request.url))
        : await this.auth.authenticate(viewOf(request))
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const identity = auth.ok ? auth.identity : null
    const response = auth.ok
      ? this.#respond(path, identity)
      : (this.#respond(path, null) ?? (refusalReply(auth) as SiteResponse))
    const text =
      body.length < LONG_BODY
        ? body.toString()
        : `${createHash('sha256').update(body).digest('hex')} ${body.length}`
    this.seen.push({
      path,
      method: request.method ?? '',
      identity,
      body: text,
      headers: request.headers,
      status: response!.status,
    })
    return response!
  }

  #respond(path: string, identity: string | null): SiteResponse | null {
    if (path === '/step-up') return challenge('Bearer error="insufficient_user_authentication"')
    if (path === '/other-scheme') return challenge('Hawk realm="files"')
    if (path === '/always-401') return challenge('Bearer error="invalid_token"')
    if (path === '/silent-401') return { status: 401 }
    if (path === '/stream' && identity)
      return {
        status: 200,
        headers: [['content-type', 'text/event-stream']],
        body: `data: ${identity}\n\n`,
      }
    return identity !== null || path === '/public' ? { status: 200, body: { identity } } : null
  }
}
