/**
 * The library's own routes and guard on a real HTTP server, for the browser to talk to. It serves
 * the client's source as modules beside them, has a clock of its own, and can be told to lose,
 * delay or spoil an answer.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { settingsOf } from '../../src/core/settings-of.ts'
import { createAuth, readTicket, type SessionAuth, type AuthEvent } from '../../src/index.ts'
import { decodeRefreshToken } from '../../src/core/session/refresh-token.ts'
import { refusalReply } from '../../src/http/replies.ts'
import { handleRoute } from '../../src/http/routes/index.ts'
import { viewOf } from '../../src/adapters/node.ts'
import { ATTEMPT_HEADER, SESSION_HEADER } from '../../src/protocol.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { challenge, moduleAt, PAGE, presented, type Answer } from './site-parts.ts'

export interface Seen {
  path: string
  method: string
  /** Whose request it was; null where it was refused. */
  identity: string | null
  /** Of a long one its hash and length. */
  body: string
  headers: IncomingMessage['headers']
  status: number
}

/**
 * What happens to one request that `who` sent: `go` lets the server do its part. The answer may
 * come late, be another one, or get lost.
 */
export type Fate = (
  go: () => Promise<Answer>,
  who: string | null,
) => Answer | 'lost' | Promise<Answer | 'lost'>

const asItShould: Fate = (go) => go()
const DAY = 86_400
const LONG = 100_000

export class Site {
  /**
   * Seconds that an access token lives and a generation is young: to be set before anybody comes.
   */
  lifetime = 300
  grace = 30
  /** Origins of pages that may come with cookies, beside its own. */
  trusts: string[] = []
  /** What the answer to a person says of the lifetime, instead of the truth. */
  says: ((who: string) => unknown) | null = null
  onSignIn: Fate = asItShould
  onRefresh: Fate = asItShould
  onSignOut: Fate = asItShould
  onApplication: Fate = asItShould
  /**
   * Everything asked of the routes of the application, the refresh attempts, and what was asked
   * before a request of another origin.
   */
  seen: Seen[] = []
  attempts: string[] = []
  preflights: string[] = []
  events: AuthEvent[] = []
  signOuts = 0
  #auth: SessionAuth | null = null
  #ahead = 0
  /** Whose session it is, by its id. */
  readonly #names = new Map<string, string>()
  readonly #server = createServer((request, response) => void this.#handle(request, response))

  get auth(): SessionAuth {
    return (this.#auth ??= createAuth({
      secret: randomBytes(32),
      store: memoryStore(),
      now: () => Date.now() + this.#ahead,
      accessLifetime: this.lifetime,
      grace: this.grace,
      idleLifetime: 900 * DAY,
      absoluteLifetime: 900 * DAY,
      origins: this.trusts,
      dangerouslyInsecureCookies: true,
      onEvent: (event) => {
        this.events.push(event)
        if (event.type === 'signed-in') this.#names.set(event.sessionId, event.identity)
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
   * No access token made until now is accepted any more, which no client knows; and every
   * generation is older than the grace.
   */
  expireAll(): void {
    this.#ahead += (Math.max(this.lifetime, this.grace) + 1) * 1000
  }

  async end(identity: string, reason: string): Promise<void> {
    for (const { id } of await this.auth.sessions(identity)) await this.auth.signOut(id, reason)
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const answer = await this.#route(request, pathname)
    if (answer === 'lost') return void request.socket.destroy()
    const text =
      typeof answer.body === 'string'
        ? answer.body
        : answer.body === undefined
          ? ''
          : JSON.stringify(answer.body)
    const type =
      pathname === '/'
        ? 'text/html'
        : /\.[tj]s$/.test(pathname)
          ? 'text/javascript'
          : 'application/json'
    // A page that may not be stored is not kept for going back to.
    const store: [string, string] = [
      'cache-control',
      pathname === '/' || pathname.startsWith('/src/') ? 'max-age=60' : 'no-store',
    ]
    response.setHeader('content-type', type).setHeader(...store)
    for (const [name, value] of [...this.#cors(request), ...(answer.headers ?? [])]) {
      if (/^set-cookie$/i.test(name)) response.appendHeader(name, value)
      else response.setHeader(name, value)
    }
    response.writeHead(answer.status).end(text)
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

  async #route(request: IncomingMessage, path: string): Promise<Answer | 'lost'> {
    if (request.method === 'OPTIONS') return (this.preflights.push(path), { status: 204 })
    if (path === '/') return { status: 200, body: PAGE }
    if (path.startsWith('/src/')) return { status: 200, body: moduleAt(path.slice(5)) }
    if (path === '/worker.js') return { status: 200, body: this.worker }
    if (path === '/expire') return (this.expireAll(), { status: 204 })
    if (path === '/lost') return 'lost'
    const go = (): Promise<Answer> => this.#own(request)
    const who =
      this.#names.get(
        decodeRefreshToken(settingsOf(this.auth).refreshKeys, presented(request, 'refresh')[0])
          ?.sessionId ?? '',
      ) ?? null
    if (path === '/login') return this.onSignIn(go, who)
    if (path === '/logout') return this.onSignOut(() => (this.signOuts++, go()), who)
    if (path === '/refresh')
      return (this.attempts.push(String(request.headers[ATTEMPT_HEADER])), this.onRefresh(go, who))
    if (path === '/ticket' || path === '/sessions') return go()
    return this.onApplication(() => this.#application(request, path), who)
  }

  /** A service worker. */
  worker = ''

  /** The library's own routes. */
  async #own(request: IncomingMessage): Promise<Answer> {
    const signIn = ({ name, password }: Record<string, unknown>): { identity: string } | null =>
      password === 'wrong' ? null : { identity: String(name) }
    const reply = (await handleRoute(this.auth, viewOf(request), { signIn }))!
    const body = reply.body as { expires_in?: unknown; session_id?: string } | undefined
    if (this.says && body?.session_id)
      body.expires_in = this.says(this.#names.get(body.session_id) ?? '')
    return reply as Answer
  }

  async #application(request: IncomingMessage, path: string): Promise<Answer> {
    const who =
      path === '/stream'
        ? await this.auth.redeemTicket(readTicket(request.url))
        : await this.auth.authenticate(viewOf(request))
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const identity = who.ok ? who.identity : null
    const answer = who.ok
      ? this.#answer(path, identity)
      : (this.#answer(path, null) ?? (refusalReply(who) as Answer))
    const text =
      body.length < LONG * 3
        ? body.toString()
        : `${createHash('sha256').update(body).digest('hex')} ${body.length}`
    this.seen.push({
      path,
      method: request.method ?? '',
      identity,
      body: text,
      headers: request.headers,
      status: answer!.status,
    })
    return answer!
  }

  #answer(path: string, identity: string | null): Answer | null {
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
