import { MAX_CLOCK_SKEW } from '../access-token.ts'
import type { Claims } from '../claims.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { SessionContext } from './context.ts'
import { endedCode } from './decide.ts'
import { explain, type SessionInfo } from './list.ts'
import { decodeTicket, encodeTicket } from './ticket-format.ts'

/** The lifetime of a ticket, in seconds. */
const TICKET_LIFETIME = 30

export interface TicketOptions {
  /**
   * What the ticket is for, such as the path of a WebSocket. `redeemTicket` accepts it only with
   * the same audience. At most 200 characters over HTTP.
   */
  audience?: string
}

export interface Ticket {
  ticket: string
  /** Seconds. */
  expiresIn: number
}

/** The result of `authenticate` for a ticket: without a token, and never fresh. */
export interface Redeemed {
  ok: true
  identity: string
  sessionId: string
  /** The claims of an access token, as if it was issued when the ticket was redeemed. */
  claims: Claims
  fresh: false
}

/**
 * Makes a single-use ticket for a session, valid for 30 seconds: for a WebSocket or an EventSource,
 * which cannot send an `Authorization` header. Throws a `TypeError` if `sessionId` is not an id.
 */
export function createTicket(
  { settings, ticketKeys }: SessionContext,
  sessionId: string,
  { audience = '' }: TicketOptions = {},
): Ticket {
  if (!/^[\w-]{22}$/.test(sessionId)) throw new TypeError('createTicket takes the id of a session')
  const contents = {
    sessionId,
    nonce: settings.randomId(),
    expiresAt: settings.now() + TICKET_LIFETIME * 1000,
  }
  return {
    ticket: encodeTicket(ticketKeys[0]!, contents, audience),
    expiresIn: TICKET_LIFETIME,
  }
}

/**
 * Redeems a ticket: once, before it expires, and while its session is live. The store records that
 * it was used, for all processes. If the store fails, the refusal is `temporarily_unavailable` and
 * the ticket can still be redeemed.
 */
export async function redeemTicket(
  context: SessionContext,
  text: string | null | undefined,
  { audience = '' }: TicketOptions = {},
): Promise<Redeemed | Refusal> {
  if (text === null || text === undefined || text === '') return refuse('token_missing')
  const { settings, store, ticketKeys } = context
  const ticket = decodeTicket(ticketKeys, text, audience)
  const now = settings.now()
  if (ticket === null || now >= ticket.expiresAt) return refuse('ticket_invalid')
  return context.orUnavailable(async () => {
    const session = await explain(context, ticket.sessionId)
    if (session === null) return refuse('session_unknown')
    if (session.end !== null) return refuse(endedCode(session))
    // Remembered beyond its expiry, because the clock of another process may be behind.
    const rememberUntil = ticket.expiresAt + MAX_CLOCK_SKEW
    if (!(await store.claimOnce(`ticket ${ticket.nonce}`, rememberUntil, now)))
      return refuse('ticket_invalid')
    const expiresAt = Math.min(now + settings.accessLifetime, session.endsAt)
    return {
      ok: true,
      identity: session.identity,
      sessionId: session.id,
      claims: ticketClaims(session, ticket.nonce, now, expiresAt),
      fresh: false,
    }
  })
}

function ticketClaims(
  { id, identity, createdAt, claims }: SessionInfo,
  nonce: string,
  now: number,
  expiresAt: number,
): Claims {
  return {
    sub: identity,
    sid: id,
    jti: nonce,
    iat: Math.floor(now / 1000),
    exp: Math.floor(expiresAt / 1000),
    auth_time: Math.floor(createdAt / 1000),
    fresh: false,
    ...claims,
  }
}
