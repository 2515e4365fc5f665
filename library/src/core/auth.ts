import type { Device, EndReason } from '../protocol.ts'
import { mapAwaitable } from './awaitable.ts'
import { verifyWithCallbackKey, signingKeyFor } from './callback-keys.ts'
import { constantTimeEqual } from './constant-time.ts'
import { refuse, type Refusal } from './errors.ts'
import { decodeObject } from './json.ts'
import { tokenAdditions, mergeObjects, type TokenAdditions } from './token-callbacks.ts'
import type { TokenKind } from './jws.ts'
import {
  createTokenChecker,
  type CheckedToken,
  type TokenCheck,
  type TokenRequirement,
} from './check-token.ts'
import { publicJwks, type PublicJwk } from './keys.ts'
import { readOptions, type AuthOptions, type Settings } from './options.ts'
import {
  createConnectionRegistry,
  type Binding,
  type BindOptions,
  type CloseReason,
  type ConnectionOwner,
} from './session/connections.ts'
import { createSessionContext, type SessionContext } from './session/context.ts'
import { explain, listSessions, type SessionInfo } from './session/list.ts'
import { refresh, type RefreshOptions, type RefreshResult } from './session/refresh.ts'
import { signIn, type SignInOptions } from './session/sign-in.ts'
import { signOut, signOutEverywhere, type SignOutEverywhereOptions } from './session/sign-out.ts'
import type { RevocationMetrics } from './session/revocations.ts'
import { redeemTicket, type Redeemed, type Ticket, type TicketOptions } from './session/tickets.ts'
import type { TokenSet } from './session/token-set.ts'
import type { Awaitable } from './store.ts'
import {
  checkClaims,
  freshClaim,
  createToken,
  verifyToken,
  refuseToken,
  type Decoded,
  type VerifiedToken,
  type TokenOptions,
} from './access-token.ts'

/**
 * The verbs that need no request. Those of sessions throw a `TypeError` where there is no store. `User` is what the callback `identity`
 * takes, a string without one; `Token` is a string, and `Read` what a token says, unless a callback that is asked for them answers later.
 */
export interface Verbs<
  User = string,
  Token extends Awaitable<string> = Awaitable<string>,
  Read extends Awaitable<Decoded> = Awaitable<Decoded>,
> {
  readonly settings: Settings
  /** A token that no store knows of: it lives until it expires. Refused (`TypeError`) where there is a store: `signIn` makes its tokens. */
  createAccessToken(user: User, options?: TokenOptions): Token
  /** The same for a refresh token; it opens no route but those that ask for one. */
  createRefreshToken(user: User, options?: Omit<TokenOptions, 'fresh'>): Token
  /** What a token says, or why it is refused. With `csrf`, its claim `csrf` must be the same. */
  decodeToken(token: string, options?: DecodeOptions): Read
  /** The `jti` of a token; null where the token is refused, or has none. */
  jti(token: string): Follows<Read, string | null>
  /** The claim `csrf` of a token, for pages that cannot read the cookie; null as above. */
  csrfValue(token: string): Follows<Read, string | null>
  /** The header of a token of which nothing is verified; null where there is none to be read. */
  unverifiedHeader(token: string): Record<string, unknown> | null
  checkToken(
    token: string,
    requirement?: TokenRequirement,
    objection?: TokenCheck,
  ): Awaitable<CheckedToken>
  signIn(identity: string, options?: SignInOptions): Promise<TokenSet>
  refresh(refreshToken: string, options?: RefreshOptions): Promise<RefreshResult>
  signOut(sessionId: string, reason?: EndReason, device?: Device): Promise<boolean>
  signOutEverywhere(identity: string, options?: SignOutEverywhereOptions): Promise<number>
  sessions(identity: string): Promise<SessionInfo[]>
  explain(sessionId: string): Promise<SessionInfo | null>
  /** A ticket that lets its session's owner make one request within 30 seconds: for a WebSocket or EventSource, which carry no header. */
  createTicket(sessionId: string, options?: TicketOptions): Ticket
  /** Who shows a ticket, once. Give it the same `audience` as the one who made it. */
  redeemTicket(
    ticket: string | null | undefined,
    options?: TicketOptions,
  ): Promise<Redeemed | Refusal>
  /**
   * Has `close` called, once, when the session of whoever opened a connection ends: a WebSocket, an event stream, or anything else that
   * stays open. Throws a `TypeError` for somebody without a session.
   */
  bindConnection(
    who: ConnectionOwner,
    close: (reason: CloseReason) => unknown,
    options?: BindOptions,
  ): Binding
  jwks(): { keys: PublicJwk[] }
  /** What a monitor asks of this process: above all, how long the end of a session takes to be known here. */
  metrics(): Metrics
  /** Hears no more of the store, and keeps no connection any more. To be called before the store's own connection is closed. */
  close(): void
}

export interface DecodeOptions {
  allowExpired?: boolean
  csrf?: string
}

/** A value that comes later where reading a token does. */
export type Follows<Read, Value> = Read extends Promise<unknown> ? Promise<Value> : Value

export interface Metrics {
  revocations: RevocationMetrics
  /** Open connections that are bound to a session. */
  connections: number
}

/** What is asked of single claims, of any way to read a token. */
export function tokenVerbs(
  read: (token: string) => Awaitable<Decoded>,
): Pick<Verbs, 'jti' | 'csrfValue'> {
  const claim = (token: string, name: string): Awaitable<string | null> =>
    mapAwaitable(read(token), (decoded) => {
      const value = decoded.ok ? decoded.claims[name] : null
      return typeof value === 'string' ? value : null
    })
  return { jti: (token) => claim(token, 'jti'), csrfValue: (token) => claim(token, 'csrf') }
}

const repeating = (read: VerifiedToken, csrf: string): Decoded =>
  typeof read.claims.csrf === 'string' && constantTimeEqual(read.claims.csrf, csrf)
    ? read
    : refuse('csrf_token_invalid')

export function createVerbs(options: AuthOptions): Verbs {
  const settings = readOptions(options)
  const context = settings.store && createSessionContext(settings, settings.store)
  const sessions = (): SessionContext => {
    if (context === null)
      throw new TypeError(
        'sessions need the option "store", such as sqliteStore(…) of latchkey/stores/sqlite',
      )
    return context
  }
  const checkToken = createTokenChecker(settings, context)
  const connections = context && createConnectionRegistry(context, checkToken)
  const { callbacks } = settings
  const stateless = (
    kind: TokenKind,
    user: unknown,
    lifetime: number,
    { fresh = false, expiresIn, claims, headers }: TokenOptions,
  ): Awaitable<string> => {
    if (context !== null)
      throw new TypeError(
        'with the option "store" tokens come from signIn, so that their session can be ended',
      )
    if (expiresIn !== undefined && !(expiresIn > 0))
      throw new TypeError('"expiresIn" must be a number of seconds above 0')
    const mint = (added: TokenAdditions): Awaitable<string> => {
      const all = mergeObjects(added.claims, claims)
      checkClaims(added.identity, all)
      const now = settings.now()
      const own = settings.csrf ? { csrf: settings.randomId() } : undefined
      const expiresAt = now + (expiresIn === undefined ? lifetime : expiresIn * 1000)
      const identity = added.identity as string
      const minting = {
        kind,
        identity,
        fresh: freshClaim(fresh, now),
        now,
        expiresAt,
        ownClaims: own,
        claims: all,
        headers: mergeObjects(added.headers, headers),
      }
      return mapAwaitable(signingKeyFor(settings, user), (signingKey) =>
        createToken(
          signingKey === settings.signingKey ? settings : { ...settings, signingKey },
          minting,
        ),
      )
    }
    return mapAwaitable(tokenAdditions(callbacks, user), mint)
  }
  const read = (token: string, { csrf, ...options }: DecodeOptions = {}): Awaitable<Decoded> => {
    const { decodeKey } = callbacks
    const found =
      decodeKey === null
        ? verifyToken(settings, token, settings.now(), options)
        : verifyWithCallbackKey(settings, decodeKey, token, options)
    return mapAwaitable(found, (read) =>
      typeof read === 'string'
        ? refuseToken(settings, read)
        : csrf === undefined || !read.ok
          ? read
          : repeating(read, csrf),
    )
  }
  return {
    settings,
    createAccessToken: (identity, options = {}) =>
      stateless('access', identity, settings.accessLifetime, options),
    createRefreshToken: (identity, options = {}) =>
      stateless('refresh', identity, settings.refreshLifetime, options),
    decodeToken: read,
    ...tokenVerbs(read),
    unverifiedHeader: (token) => decodeObject(token.slice(0, Math.max(0, token.indexOf('.')))),
    checkToken,
    signIn: async (identity, options) => signIn(sessions(), identity, options),
    refresh: async (refreshToken, options) => refresh(sessions(), refreshToken, options),
    signOut: async (sessionId, reason, device) => signOut(sessions(), sessionId, reason, device),
    signOutEverywhere: async (identity, options) =>
      signOutEverywhere(sessions(), identity, options),
    sessions: async (identity) => listSessions(sessions(), identity),
    explain: async (sessionId) => explain(sessions(), sessionId),
    createTicket: (sessionId, options) => sessions().tickets.create(sessionId, options),
    redeemTicket: async (ticket, options) => redeemTicket(sessions(), ticket, options),
    bindConnection: (who, close, options) => (sessions(), connections!.bind(who, close, options)),
    jwks: () => publicJwks(settings.keys),
    metrics: () => ({
      revocations: sessions().revocations.metrics(),
      connections: connections!.count(),
    }),
    close() {
      connections?.releaseAll()
      context?.revocations.close()
    },
  }
}
