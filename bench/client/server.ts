/**
 * The sign-in server of the bench: one-time refresh tokens in each library's own protocol, with a
 * clock and faults that the bench sets. Under `/own` it runs Latchkey with the same clock and
 * faults.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuth } from 'latchkey'
import { guard, routes } from 'latchkey/node'
import { memoryStore } from 'latchkey/stores/memory'

export type Policy = 'strict' | 'grace'
/** What happens to the next refresh: its response arrives, is lost, or never comes. */
export type Fate = 'arrives' | 'lost' | 'stalls'

interface Session {
  counter: number
  /** When each earlier refresh token was used. */
  spentAt: number[]
  ended: boolean
}

const LIFETIME = 300
/** With the policy `grace`, a used token returns its successor again for this many milliseconds. */
const GRACE = 10_000
const REFRESH = new Set([
  '/refresh',
  '/auth/session/refresh',
  '/supabase/token',
  '/oauth/token',
  '/oidc/token',
  '/own/refresh',
])

export class BenchServer {
  policy: Policy = 'strict'
  fate: Fate = 'arrives'
  refreshes = 0
  /** Requests with a credential. */
  credentials = 0
  /** Another origin, without any session. */
  stranger = false
  pages: (path: string) => { type: string; body: string } | null = () => null
  #ahead = 0
  readonly #sessions = new Map<string, Session>()
  readonly #access = new Map<string, number>()
  readonly #auth = createAuth({
    secret: 'a secret of the bench alone, and long enough',
    store: memoryStore(),
    dangerouslyInsecureCookies: true,
    now: () => this.now,
  })
  readonly #own = {
    routes: routes(this.#auth, { base: '/own', signIn: ({ username }) => String(username) }),
    guard: guard(this.#auth),
  }
  readonly #server = createServer((request, response) => void this.#handle(request, response))

  get now(): number {
    return Date.now() + this.#ahead
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

  /** Moves its clock past the lifetime of every access token. */
  advance(milliseconds: number): void {
    this.#ahead += milliseconds
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const { authorization, cookie, origin } = request.headers
    // Connections are not reused: the browser itself would repeat a refresh if one was closed.
    response.setHeader('connection', 'close')
    if (origin) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-allow-credentials', 'true')
      response.setHeader(
        'access-control-allow-headers',
        request.headers['access-control-request-headers'] ?? '',
      )
      response.setHeader('access-control-expose-headers', 'www-authenticate')
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    if (authorization ?? cookie) this.credentials++
    if (this.stranger) return refuse(response)
    const page = request.method === 'GET' ? this.pages(pathname) : null
    if (page) return void response.writeHead(200, { 'content-type': page.type }).end(page.body)
    if (REFRESH.has(pathname) && !this.#mayAnswer(response)) return
    if (pathname.startsWith('/own/')) return this.#answerOwn(request, response)
    let body = ''
    for await (const chunk of request) body += chunk
    if (pathname.endsWith('/start'))
      return this.#answerTokens(response, pathname, this.#begin(), body)
    if (REFRESH.has(pathname))
      return this.#answerTokens(response, pathname, this.#exchange(presented(request, body)), body)
    if (!pathname.startsWith('/api/'))
      return send(response, 200, { id: 'ann', aud: 'authenticated', user: { id: 'ann' } })
    const until = this.#access.get(authorization?.replace('Bearer ', '') ?? '') ?? 0
    if (until <= this.now) return refuse(response)
    send(response, 200, { data: { order: 'one' } })
  }

  /** False for a request that stalls: it is not handled at all. */
  #mayAnswer(response: ServerResponse): boolean {
    this.refreshes++
    const { fate } = this
    this.fate = 'arrives'
    if (fate === 'lost') response.end = () => (response.socket?.destroy(), response)
    return fate !== 'stalls'
  }

  async #answerOwn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await this.#own.routes(request, response)) return
    if (await this.#own.guard(request, response)) send(response, 200, {})
  }

  #begin(): string {
    const id = crypto.randomUUID()
    this.#sessions.set(id, { counter: 0, spentAt: [], ended: false })
    return `${id}.0`
  }

  /** Returns the successor of a refresh token; null if the session has ended. A reuse ends it. */
  #exchange(token: string): string | null {
    const [id = '', given] = token.split('.')
    const [session, counter] = [this.#sessions.get(id), Number(given)]
    if (!session || session.ended) return null
    const { spentAt } = session
    const again = this.policy === 'grace' && Date.now() - (spentAt[counter] ?? 0) < GRACE
    session.ended = counter !== session.counter && !again
    if (session.ended) return null
    spentAt[counter] ??= Date.now()
    session.counter = Math.max(session.counter, counter + 1)
    return `${id}.${counter + 1}`
  }

  #answerTokens(
    response: ServerResponse,
    path: string,
    refresh: string | null,
    body: string,
  ): void {
    if (refresh === null)
      return send(response, path.startsWith('/supabase') ? 400 : 401, {
        error: 'refresh_token_reused',
        code: 'refresh_token_not_found',
        message: 'over',
      })
    const [id, counter] = refresh.split('.') as [string, string]
    const seconds = Math.floor(this.now / 1000)
    const claims = {
      sub: 'ann',
      sid: id,
      iat: seconds,
      exp: seconds + LIFETIME,
      jti: crypto.randomUUID(),
    }
    const access = jwt(claims)
    this.#access.set(access, claims.exp * 1000)
    if (path.startsWith('/auth/')) {
      const front = { uid: 'ann', ate: claims.exp * 1000, up: {} }
      response
        .setHeader('st-access-token', access)
        .setHeader('st-refresh-token', refresh)
        .setHeader('front-token', btoa(JSON.stringify(front)))
      return send(response, 200, {})
    }
    const tokens = {
      access_token: access,
      refresh_token: refresh,
      token_type: 'Bearer',
      expires_in: LIFETIME,
      expires_at: claims.exp,
    }
    const more = {
      refresh_expires_in: 1e6,
      session_id: id,
      generation: Number(counter),
      user: { id: 'ann', aud: 'authenticated' },
    }
    const asked =
      path === '/oidc/token' || body === ''
        ? null
        : jwt({ ...claims, iss: `${this.origin}/`, aud: 'bench' })
    send(response, 200, {
      ...tokens,
      ...more,
      ...(asked && { id_token: asked }),
      ...(path === '/oauth/token' && { scope: 'openid profile email offline_access' }),
    })
  }
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
/** The signature is never checked: the browser cannot, and the server knows its tokens. */
const jwt = (claims: object): string =>
  `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode({})}`

function presented({ headers }: IncomingMessage, body: string): string {
  const bearer = headers.authorization?.replace('Bearer ', '')
  if (bearer && body.length < 3) return bearer
  const form = body.startsWith('{')
    ? (JSON.parse(body) as Record<string, string>)
    : Object.fromEntries(new URLSearchParams(body))
  return form.refresh_token ?? bearer ?? ''
}

function refuse(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Bearer error="invalid_token"')
  send(response, 401, { error: 'token_expired', message: 'expired' })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
