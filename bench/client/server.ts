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
/** What happens to the next refresh. If it stalls, it gets no response. */
export type RefreshFault = 'none' | 'response-lost' | 'stalls'

interface Session {
  generation: number
  /** When the refresh token of each earlier generation was used. */
  usedAt: number[]
  ended: boolean
}

const LIFETIME = 300
/** With the policy `grace`, a used token returns its successor again for this many milliseconds. */
const GRACE = 10_000
const REFRESH_PATHS = new Set([
  '/refresh',
  '/auth/session/refresh',
  '/supabase/token',
  '/oauth/token',
  '/oidc/token',
  '/own/refresh',
])

export class BenchServer {
  policy: Policy = 'strict'
  nextRefresh: RefreshFault = 'none'
  refreshes = 0
  /** Requests with a credential. */
  credentials = 0
  /** For the server of another origin: every request gets a 401. */
  refusesEverything = false
  /** Pages and scripts, by path. */
  files: Record<string, { type: string; body: string }> = {}
  #clockOffset = 0
  readonly #sessions = new Map<string, Session>()
  /** When each access token expires, in milliseconds since 1970. */
  readonly #accessTokens = new Map<string, number>()
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
    return Date.now() + this.#clockOffset
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

  /** Moves its clock forward. */
  advance(milliseconds: number): void {
    this.#clockOffset += milliseconds
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin)
    const { authorization, cookie } = request.headers
    // Connections are not reused: if one was closed, the browser would repeat a refresh by itself.
    response.setHeader('connection', 'close')
    allowOrigin(request, response)
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    if (authorization ?? cookie) this.credentials++
    if (this.refusesEverything) return refuse(response)
    const file = request.method === 'GET' ? this.files[pathname] : undefined
    if (file) return void response.writeHead(200, { 'content-type': file.type }).end(file.body)
    if (REFRESH_PATHS.has(pathname) && this.#injectFault(response) === 'stalls') return
    if (pathname.startsWith('/own/')) return this.#handleOwn(request, response)
    const body = await readBody(request)
    if (pathname.endsWith('/start'))
      return this.#sendTokens(response, pathname, this.#startSession(), body)
    if (REFRESH_PATHS.has(pathname)) {
      const next = this.#exchange(refreshTokenIn(request, body))
      return this.#sendTokens(response, pathname, next, body)
    }
    if (!pathname.startsWith('/api/'))
      return send(response, 200, { id: 'ann', aud: 'authenticated', user: { id: 'ann' } })
    const expiresAt = this.#accessTokens.get(authorization?.replace('Bearer ', '') ?? '') ?? 0
    if (expiresAt <= this.now) return refuse(response)
    send(response, 200, { data: { order: 'one' } })
  }

  /** Counts a refresh, and returns the fault that was injected into it. */
  #injectFault(response: ServerResponse): RefreshFault {
    this.refreshes++
    const fault = this.nextRefresh
    this.nextRefresh = 'none'
    if (fault === 'response-lost') response.end = () => (response.socket?.destroy(), response)
    return fault
  }

  async #handleOwn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (await this.#own.routes(request, response)) return
    if (await this.#own.guard(request, response)) send(response, 200, {})
  }

  /** Returns the first refresh token: the id of the session and the generation. */
  #startSession(): string {
    const id = crypto.randomUUID()
    this.#sessions.set(id, { generation: 0, usedAt: [], ended: false })
    return `${id}.0`
  }

  /** Returns the successor of a refresh token; null if the session has ended. A reuse ends it. */
  #exchange(token: string): string | null {
    const [id = '', text] = token.split('.')
    const [session, generation] = [this.#sessions.get(id), Number(text)]
    if (!session || session.ended) return null
    const { usedAt } = session
    const inGrace = this.policy === 'grace' && Date.now() - (usedAt[generation] ?? 0) < GRACE
    session.ended = generation !== session.generation && !inGrace
    if (session.ended) return null
    usedAt[generation] ??= Date.now()
    session.generation = Math.max(session.generation, generation + 1)
    return `${id}.${generation + 1}`
  }

  /** Sends new tokens in the format of the library that uses this path. */
  #sendTokens(
    response: ServerResponse,
    path: string,
    refreshToken: string | null,
    body: string,
  ): void {
    if (refreshToken === null)
      return send(response, path.startsWith('/supabase') ? 400 : 401, SESSION_ENDED)
    const sid = refreshToken.split('.')[0]!
    const iat = Math.floor(this.now / 1000)
    const claims = { sub: 'ann', sid, iat, exp: iat + LIFETIME, jti: crypto.randomUUID() }
    const accessToken = jwt(claims)
    this.#accessTokens.set(accessToken, claims.exp * 1000)
    if (path.startsWith('/auth/')) {
      const frontToken = { uid: 'ann', ate: claims.exp * 1000, up: {} }
      response
        .setHeader('st-access-token', accessToken)
        .setHeader('st-refresh-token', refreshToken)
        .setHeader('front-token', btoa(JSON.stringify(frontToken)))
      return send(response, 200, {})
    }
    const hasIdToken = path !== '/oidc/token' && body !== ''
    send(response, 200, {
      ...tokenResponse(accessToken, refreshToken, claims.exp),
      ...(hasIdToken && { id_token: jwt({ ...claims, iss: `${this.origin}/`, aud: 'bench' }) }),
      ...(path === '/oauth/token' && { scope: 'openid profile email offline_access' }),
    })
  }
}

/** The members of OAuth (RFC 6749 section 5.1), Supabase and Latchkey together. */
function tokenResponse(accessToken: string, refreshToken: string, expiresAt: number): object {
  const [sessionId, generation] = refreshToken.split('.')
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: LIFETIME,
    expires_at: expiresAt,
    refresh_expires_in: 1e6,
    session_id: sessionId,
    generation: Number(generation),
    user: { id: 'ann', aud: 'authenticated' },
  }
}

/** The error codes of every library's protocol for a session that has ended. */
const SESSION_ENDED = {
  error: 'refresh_token_reused',
  code: 'refresh_token_not_found',
  message: 'The session has ended.',
}

/** Allows requests of every origin, with credentials. */
function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  if (!headers.origin) return
  response.setHeader('access-control-allow-origin', headers.origin)
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader(
    'access-control-allow-headers',
    headers['access-control-request-headers'] ?? '',
  )
  response.setHeader('access-control-expose-headers', 'www-authenticate')
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
/** The signature is not checked: the browser cannot, and the server remembers its tokens. */
const jwt = (claims: object): string =>
  `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.${encode({})}`

/** The refresh token in the header, or in a body of JSON or of a form. */
function refreshTokenIn({ headers }: IncomingMessage, body: string): string {
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
