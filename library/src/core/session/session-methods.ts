import type { Device, EndReason } from '../../protocol.ts'
import type { Refusal } from '../errors.ts'
import type { ReadMethods } from '../read-tokens.ts'
import {
  ConnectionRegistry,
  type Binding,
  type BindOptions,
  type CloseReason,
  type ConnectionOwner,
} from './connections.ts'
import type { SessionContext } from './context.ts'
import { limitSessions, type SessionLimit } from './limit-sessions.ts'
import {
  explain,
  listSessions,
  type SessionInfo,
  type SessionPage,
  type SessionPageOptions,
} from './list.ts'
import { refresh, type RefreshOptions, type RefreshResult } from './refresh.ts'
import { introspect, type Introspection } from './introspect.ts'
import type { RevocationMetrics } from './revocations.ts'
import { renewForRender, type Rendered } from './render.ts'
import { revokeToken, type Revoked, type RevokeOptions } from './revoke-token.ts'
import { signIn, type SignInOptions } from './sign-in.ts'
import { signOut, signOutEverywhere, type SignOutEverywhereOptions } from './sign-out.ts'
import {
  createTicket,
  redeemTicket,
  type Redeemed,
  type Ticket,
  type TicketOptions,
} from './tickets.ts'
import type { TokenSet } from './token-set.ts'
import type { Throttle } from '../throttle/throttle.ts'

/** Starts, refreshes, lists and ends sessions. All methods need the option `store`. */
export interface SessionMethods {
  /**
   * Starts a session for an identity whose credentials the application has checked, and returns its
   * tokens. Rejects with what the store throws.
   */
  signIn(identity: string, options?: SignInOptions): Promise<TokenSet>
  /**
   * Exchanges a refresh token for new tokens, or returns a refusal. If the store fails, that is the
   * refusal `temporarily_unavailable`, and the refresh token stays valid.
   */
  refresh(refreshToken: string, options?: RefreshOptions): Promise<RefreshResult>
  /**
   * Ends a session. False if it had ended before or is unknown. Rejects with what the store throws.
   */
  signOut(sessionId: string, reason?: EndReason, device?: Device): Promise<boolean>
  /**
   * Ends the session of an authentic access or refresh token, as `POST /logout` does (RFC 7009).
   * Rejects with what the store throws.
   */
  revokeToken(token: string, options?: RevokeOptions): Promise<Revoked | Refusal>
  /**
   * Whether a token is active, and for whom (RFC 7662). If the store fails, that is the refusal
   * `temporarily_unavailable`.
   */
  introspect(token: string): Promise<Introspection | Refusal>
  /**
   * Ends every session of an identity, and returns how many. Rejects with what the store throws.
   */
  signOutEverywhere(identity: string, options?: SignOutEverywhereOptions): Promise<number>
  /**
   * A page of the stored sessions of an identity, and how they ended if they did: the live ones,
   * then those that have ended, each newest first. Rejects with what the store throws.
   */
  sessions(identity: string, options?: SessionPageOptions): Promise<SessionPage>
  /**
   * Ends live sessions of an identity beyond `max`, those that were not used for longest first, at
   * most 20 a call, and returns how many. Rejects with what the store throws.
   */
  limitSessions(identity: string, limit: SessionLimit): Promise<number>
  /**
   * One session, and how it ended if it did; null if it is not stored. Rejects with what the store
   * throws.
   */
  explain(sessionId: string): Promise<SessionInfo | null>
  /**
   * A single-use token for the session's owner, valid for 30 seconds: for a WebSocket or an
   * EventSource, which cannot send a header. Throws a `TypeError` if `sessionId` is not an id.
   */
  createTicket(sessionId: string, options?: TicketOptions): Ticket
  /**
   * Accepts a ticket once. `audience` must be the same as in `createTicket`. If the store fails,
   * the refusal is `temporarily_unavailable`, and the ticket can still be redeemed.
   */
  redeemTicket(
    ticket: string | null | undefined,
    options?: TicketOptions,
  ): Promise<Redeemed | Refusal>
  /**
   * Calls `close` once, when the session that opened a connection ends. For WebSockets, event
   * streams and anything else that stays open. Throws a `TypeError` if `owner` has no session.
   */
  bindConnection(
    owner: ConnectionOwner,
    close: (reason: CloseReason) => unknown,
    options?: BindOptions,
  ): Binding
  /** Figures of this process for monitoring. */
  metrics(): Metrics
  /** Slows down failed sign-ins, for an application's own sign-in. `routes` uses it by itself. */
  readonly throttle: Throttle
}

/** For `http/` only, which makes a method of its own from it. */
export interface InternalSessionMethods {
  renewForRender(refreshToken: string, device: Device): Promise<Rendered | Refusal>
}

export interface Metrics {
  /** How long it takes until this process learns that a session has ended elsewhere. */
  revocations: RevocationMetrics
  /** Open connections that are bound to a session. */
  connections: number
}

/**
 * Makes the session methods. Without a store each of them throws a `TypeError`, or rejects with it.
 */
export function sessionMethods(
  context: SessionContext | null,
  checkToken: ReadMethods['checkToken'],
): SessionMethods & InternalSessionMethods & { close(): void } {
  const connections = context && new ConnectionRegistry(context, checkToken)
  return {
    signIn: async (identity, options) => signIn(required(context), identity, options),
    refresh: async (refreshToken, options) => refresh(required(context), refreshToken, options),
    renewForRender: async (refreshToken, device) =>
      renewForRender(required(context), refreshToken, device),
    signOut: async (sessionId, reason, device) =>
      signOut(required(context), sessionId, reason, device),
    revokeToken: async (token, options) => revokeToken(required(context), token, options),
    introspect: async (token) => introspect(required(context), checkToken, token),
    signOutEverywhere: async (identity, options) =>
      signOutEverywhere(required(context), identity, options),
    sessions: async (identity, options) => listSessions(required(context), identity, options),
    limitSessions: async (identity, limit) => limitSessions(required(context), identity, limit),
    explain: async (sessionId) => explain(required(context), sessionId),
    createTicket: (sessionId, options) => createTicket(required(context), sessionId, options),
    redeemTicket: async (ticket, options) => redeemTicket(required(context), ticket, options),
    bindConnection: (owner, close, options) => required(connections).bind(owner, close, options),
    metrics: () => ({
      revocations: required(context).revocations.metrics(),
      connections: required(connections).count,
    }),
    throttle: context?.throttle ?? throttleWithoutStore,
    close() {
      connections?.releaseAll()
      context?.revocations.close()
      context?.unconfirmedWrites.close()
    },
  }
}

const throttleWithoutStore: Throttle = {
  signIn: async () => required<never>(null),
  reset: async () => required<never>(null),
  take: async () => required<never>(null),
  clear: async () => required<never>(null),
  addressGroup: () => required<never>(null),
}

function required<Part>(part: Part | null): Part {
  if (part === null)
    throw new TypeError(
      'sessions need the option "store", such as sqliteStore(…) of latchkey/stores/sqlite',
    )
  return part
}
