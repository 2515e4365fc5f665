/**
 * A small real HTTP server that speaks the wire contract, for the browser to talk to: it decides each refresh by the same table
 * as the library, serves the client's source as modules, and can be told to lose, delay or spoil an answer.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decide, endedCode } from '../../src/core/session/decide.ts'
import type { Session } from '../../src/core/store.ts'
import { ATTEMPT_HEADER, SESSION_HEADER, type Mode } from '../../src/protocol.ts'
import { cookies, moduleAt, PAGE, presented, refusal, withoutCookies, type Answer } from './site-parts.ts'

export interface Seen {
  path: string
  /** Whose request it was; null without an access token that was accepted. */
  identity: string | null
  body: string
  headers: IncomingMessage['headers']
  status: number
}

/**
 * What happens to one request that `who` sent: `go` lets the server do its part. The answer may come late, be another one, or
 * get lost.
 */
export type Fate = (go: () => Answer, who: string | null) => Answer | 'lost' | Promise<Answer | 'lost'>

const asItShould: Fate = (go) => go()

export class Site {
  /** Seconds that an access token lives, and what the answer to a person says of it. */
  lifetime = 300
  says: (who: string) => unknown = () => this.lifetime
  /** Milliseconds of grace: 0 shows every refresh token that is presented twice. */
  grace = 30_000
  onSignIn: Fate = asItShould
  onRefresh: Fate = asItShould
  onSignOut: Fate = asItShould
  onApplication: Fate = asItShould
  /** Everything asked of the routes of the application, and the refresh attempts. */
  seen: Seen[] = []
  attempts: string[] = []
  signOuts = 0
  reuses = 0
  readonly rows = new Map<string, Session>()
  readonly #access = new Map<string, { sessionId: string; until: number }>()
  readonly #server = createServer((request, response) => void this.#handle(request, response))

  get refreshes(): number {
    return this.attempts.length
  }

  get origin(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve))
    return this
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** No access token made until now is accepted any more, which no client knows; and every generation is older than the grace. */
  expireAll(): void {
    this.#access.clear()
    for (const row of this.rows.values()) row.handedOutAt = 0
  }

  end(identity: string, reason: string): void {
    for (const row of this.rows.values()) if (row.identity === identity) row.end = { at: 0, reason, story: null }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    let body = ''
    for await (const chunk of request) body += chunk
    const answer = await this.#route(request, pathname, body)
    if (answer === 'lost') return void request.socket.destroy()
    const text = typeof answer.body === 'string' ? answer.body : answer.body === undefined ? '' : JSON.stringify(answer.body)
    const type = pathname === '/' ? 'text/html' : pathname.endsWith('.ts') ? 'text/javascript' : 'application/json'
    // A page that may not be stored is not kept for going back to.
    const store: [string, string] = ['cache-control', pathname === '/' || pathname.startsWith('/src/') ? 'max-age=60' : 'no-store']
    const headers: Array<[string, string]> = [['content-type', type], store, ...this.#cors(request), ...(answer.headers ?? [])]
    response.writeHead(answer.status, headers.flat()).end(text)
  }

  #cors({ headers: { origin } }: IncomingMessage): Array<[string, string]> {
    if (!origin) return []
    return [
      ['access-control-allow-origin', origin],
      ['access-control-allow-credentials', 'true'],
      ['access-control-allow-headers', `authorization, content-type, ${ATTEMPT_HEADER}, ${SESSION_HEADER}`],
    ]
  }

  async #route(request: IncomingMessage, path: string, body: string): Promise<Answer | 'lost'> {
    if (request.method === 'OPTIONS') return { status: 204 }
    if (path === '/') return { status: 200, body: PAGE }
    if (path.startsWith('/src/')) return { status: 200, body: moduleAt(path.slice(5)) }
    if (path === '/expire') return this.expireAll(), { status: 204 }
    if (path === '/lost') return 'lost'
    const who = this.rows.get(sessionOf(presented(request, 'refresh')[0]))?.identity ?? null
    if (path === '/login') return this.onSignIn(() => this.#signIn(body), who)
    if (path === '/logout') return this.onSignOut(() => this.#signOut(request), who)
    if (path === '/refresh') {
      this.attempts.push(String(request.headers[ATTEMPT_HEADER]))
      return this.onRefresh(() => this.#refresh(request), who)
    }
    return this.onApplication(() => this.#application(request, path, body), who)
  }

  #signIn(body: string): Answer {
    const form = body.startsWith('{') ? (JSON.parse(body) as Record<string, string>) : Object.fromEntries(new URLSearchParams(body))
    if (form.password === 'wrong') return refusal(401, 'credentials_wrong')
    const id = randomBytes(16).toString('base64url')
    const ends = Date.now() + 1e9
    const row: Session = {
      id, identity: form.name ?? '', counter: 0, attempt: null, used: false, handedOutAt: Date.now(), createdAt: Date.now(),
      idleEndsAt: ends, endsAt: ends, rotates: true, claims: {}, device: {}, end: null,
    }
    this.rows.set(id, row)
    return this.#tokens(row, form.mode === 'cookie' ? 'cookie' : 'header')
  }

  #refresh(request: IncomingMessage): Answer {
    const [token, mode] = presented(request, 'refresh')
    if (!token) return refusal(401, 'token_missing')
    const [id, counter] = token.split('.') as [string, string]
    const row = this.rows.get(id) ?? null
    const [attempt = null, previous = null] = (request.headers[ATTEMPT_HEADER] as string | undefined)?.split(', ') ?? []
    const decision = decide(row, { counter: Number(counter), attempt, previous }, Date.now(), { grace: this.grace })
    if (decision.do === 'rotate') Object.assign(row!, { counter: decision.to, attempt, handedOutAt: Date.now() })
    if (decision.do === 'repeat' && decision.restart) row!.handedOutAt = Date.now()
    if (decision.do === 'reuse') {
      this.reuses++
      row!.end = { at: Date.now(), reason: 'reused', story: null }
    }
    if (decision.do === 'repeat' || decision.do === 'rotate') return this.#tokens(row!, mode)
    const over = refusal(401, decision.do === 'refuse' ? decision.code : endedCode(row!))
    return mode === 'cookie' ? withoutCookies(over) : over
  }

  #tokens(row: Session, mode: Mode): Answer {
    const access = randomBytes(8).toString('hex')
    const refresh = `${row.id}.${row.counter}.secret`
    this.#access.set(access, { sessionId: row.id, until: Date.now() + this.lifetime * 1000 })
    const times = { expires_in: this.says(row.identity), refresh_expires_in: 1e6, session_id: row.id, generation: row.counter }
    if (mode === 'cookie') return { status: 200, headers: cookies(access, refresh, `${row.id}.${row.counter}`, 1e6), body: times }
    return { status: 200, body: { access_token: access, refresh_token: refresh, token_type: 'Bearer', ...times } }
  }

  #signOut(request: IncomingMessage): Answer {
    this.signOuts++
    const [token, mode] = presented(request, 'refresh')
    const row = this.rows.get(sessionOf(token))
    if (row && mode === 'cookie' && namesAnother(request, row.id)) return { status: 204 }
    if (row) row.end ??= { at: Date.now(), reason: 'signed-out', story: null }
    return mode === 'cookie' ? withoutCookies({ status: 204 }) : { status: 204 }
  }

  #application(request: IncomingMessage, path: string, body: string): Answer {
    const [token, mode] = presented(request, 'access')
    const access = this.#access.get(token)
    const row = access && access.until > Date.now() ? this.rows.get(access.sessionId) : undefined
    const another = mode === 'cookie' && row && namesAnother(request, row.id)
    const identity = row && !another && row.end === null ? row.identity : null
    const answer = this.#answer(path, identity, token !== '')
    this.seen.push({ path, identity, body, headers: request.headers, status: answer.status })
    return answer
  }

  #answer(path: string, identity: string | null, sent: boolean): Answer {
    if (path === '/step-up') return refusal(401, 'fresh_required', 'Bearer error="insufficient_user_authentication"')
    if (path === '/other-scheme') return refusal(401, 'refused', 'Hawk realm="files"')
    if (path === '/always-401') return refusal(401, 'token_expired', 'Bearer error="invalid_token"')
    if (path === '/silent-401') return { status: 401 }
    if (path === '/public') return { status: 200, body: { identity } }
    if (identity !== null) return { status: 200, body: { identity } }
    return sent ? refusal(401, 'token_expired', 'Bearer realm="latchkey", error="invalid_token"') : refusal(401, 'token_missing')
  }
}

const sessionOf = (token: string): string => token.slice(0, token.indexOf('.'))

function namesAnother({ headers }: IncomingMessage, sessionId: string): boolean {
  const named = headers[SESSION_HEADER]
  return named !== undefined && named !== sessionId
}
