import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { refuse, type Refusal } from '../errors.ts'
import { deriveBytes } from '../keys.ts'
import type { Settings } from '../options.ts'
import { MAX_CLOCK_SKEW, type Claims } from '../access-token.ts'
import type { SessionContext } from './context.ts'
import { endedCode } from './decide.ts'
import { explain } from './list.ts'

/**
 * version (1 byte) ‖ session id (16) ‖ nonce (16) ‖ the second at which it ends (4, big-endian) ‖ HMAC-SHA-256 over all of that and the
 * audience (32), in base64url. 69 bytes are 92 characters without a spare bit, so that each ticket has one spelling.
 */
const VERSION = 1
const SESSION_AT = 1
const NONCE_AT = 17
const END_AT = 33
const MAC_AT = 37
const BYTES = 69
const CHARACTERS = 92

/** Seconds. */
export const TICKET_LIFETIME = 30

export const MAX_AUDIENCE = 200

export interface TicketOptions {
  /** What the ticket is for, such as the path of a WebSocket: it opens nothing else. */
  audience?: string
}

export interface Ticket {
  ticket: string
  /** Seconds. */
  expiresIn: number
}

/** Who showed a ticket; what `authenticate` answers, but for the token that there is none of. */
export interface Redeemed {
  ok: true
  identity: string
  sessionId: string
  /** Those of an access token that was made when the ticket was shown. */
  claims: Claims
  fresh: false
}

/** Makes and redeems one-time tickets: for requests that can carry a credential in their address alone. */
export function ticketOffice(settings: Settings) {
  const keys = settings.refreshKeys.map(({ key }) =>
    createSecretKey(deriveBytes(key.export(), 'ticket', 32)),
  )
  return {
    create(sessionId: string, { audience = '' }: TicketOptions = {}): Ticket {
      if (!/^[\w-]{22}$/.test(sessionId))
        throw new TypeError('createTicket takes the id of a session')
      const ticket = Buffer.alloc(BYTES)
      ticket[0] = VERSION
      ticket.write(sessionId, SESSION_AT, 16, 'base64url')
      ticket.write(settings.randomId(), NONCE_AT, 16, 'base64url')
      ticket.writeUInt32BE(Math.floor(settings.now() / 1000) + TICKET_LIFETIME, END_AT)
      mac(keys[0]!, ticket, audience).copy(ticket, MAC_AT)
      return { ticket: ticket.toString('base64url'), expiresIn: TICKET_LIFETIME }
    },
    /** What an authentic ticket for this audience names; null for anything else, found out without the store. */
    read(
      text: string,
      { audience = '' }: TicketOptions = {},
    ): { sessionId: string; nonce: string; endsAt: number } | null {
      if (text.length !== CHARACTERS) return null
      const ticket = Buffer.from(text, 'base64url')
      if (ticket.length !== BYTES || ticket[0] !== VERSION || ticket.toString('base64url') !== text)
        return null
      if (!keys.some((key) => timingSafeEqual(mac(key, ticket, audience), ticket.subarray(MAC_AT))))
        return null
      const endsAt = ticket.readUInt32BE(END_AT) * 1000
      return {
        sessionId: ticket.toString('base64url', SESSION_AT, NONCE_AT),
        nonce: ticket.toString('base64url', NONCE_AT, END_AT),
        endsAt,
      }
    },
  }
}

const mac = (key: KeyObject, ticket: Buffer, audience: string): Buffer =>
  createHmac('sha256', key).update(ticket.subarray(0, MAC_AT)).update(audience).digest()

/**
 * Lets in whoever shows a ticket: once, within its time, and while its session lives. The store is asked whether it was shown before, in
 * any process; one that fails makes the answer `temporarily_unavailable`, and the ticket stays as good as it was.
 */
export async function redeemTicket(
  context: SessionContext,
  text: string | null | undefined,
  options?: TicketOptions,
): Promise<Redeemed | Refusal> {
  if (text === null || text === undefined || text === '') return refuse('token_missing')
  const { settings, store, tickets } = context
  const named = tickets.read(text, options)
  const now = settings.now()
  if (named === null || now >= named.endsAt) return refuse('ticket_invalid')
  return context.orUnavailable(async () => {
    const session = await explain(context, named.sessionId)
    if (session === null) return refuse('session_unknown')
    if (session.end !== null) return refuse(endedCode(session))
    // Remembered for longer than it lives: the clock of another process may be behind.
    if (!(await store.claimOnce(`ticket ${named.nonce}`, named.endsAt + MAX_CLOCK_SKEW, now)))
      return refuse('ticket_invalid')
    const { identity, id: sessionId, claims: own } = session
    const [iat, exp, auth_time] = [
      now,
      Math.min(now + settings.accessLifetime, session.endsAt),
      session.createdAt,
    ].map((at) => Math.floor(at / 1000)) as Triple
    const claims = {
      sub: identity,
      sid: sessionId,
      jti: named.nonce,
      iat,
      exp,
      auth_time,
      fresh: false,
      ...own,
    }
    return { ok: true, identity, sessionId, claims, fresh: false }
  })
}

type Triple = [number, number, number]

export type TicketOffice = ReturnType<typeof ticketOffice>
