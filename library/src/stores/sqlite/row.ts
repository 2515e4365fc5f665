import type { End, Session } from '../../core/store.ts'
import type { SqliteValue } from './database.ts'

const DAY = 24 * 60 * 60 * 1000

/**
 * Stands for a missing attempt. As long as an attempt, so that the row does not grow when there is
 * one.
 */
const NO_ATTEMPT = ' '.repeat(16)

/** The columns of a session that are read, without its id. */
export type Row = [
  identity: string,
  generation: number,
  attempt: Uint8Array | string,
  used: number,
  issuedAt: number,
  createdAt: number,
  idleEndsAt: number,
  endsAt: number,
  rotates: number,
  claims: string | null,
  userAgent: string | null,
  address: string | null,
  endedAt: number | null,
  endReason: string | null,
  endDetails: string | null,
]

/** The values of a row in the order of its columns. Some drivers return rows as objects. */
export const rowValues = (row: unknown): unknown[] =>
  Array.isArray(row) ? row : Object.values(row as object)

/**
 * 16 bytes in base64url. The last character holds two bits, so only four characters may end an id.
 */
const ID = /^[\w-]{21}[AQgw]$/

/** The 16 bytes of an id; null for a text that cannot be the id of a session. */
export const idToBytes = (id: string): Buffer | null =>
  ID.test(id) ? Buffer.from(id, 'base64url') : null

export const idFromBytes = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** Days since 1970. */
export const dayOf = (instant: number): number => Math.floor(instant / DAY)

/** The hash of an attempt is 16 bytes as well. Any other text is stored as it is. */
export const attemptToValue = (attempt: string | null): SqliteValue =>
  attempt === null ? NO_ATTEMPT : (idToBytes(attempt) ?? attempt)

function attemptFromValue(value: Uint8Array | string): string | null {
  if (typeof value !== 'string') return idFromBytes(value)
  return value === NO_ATTEMPT ? null : value
}

export const deviceToValues = ({ userAgent, address }: Session['device']): SqliteValue[] => [
  userAgent ?? null,
  address ?? null,
]

export const endToValues = ({ at, reason, details }: End): SqliteValue[] => [
  at,
  reason,
  details && JSON.stringify(details),
]

/** The values of a live session in the order of the columns of the table. */
export function sessionToValues(session: Session): SqliteValue[] {
  const id = idToBytes(session.id)
  if (id === null) throw new TypeError('the id of a session must be 16 bytes in base64url')
  const hasClaims = Object.keys(session.claims).length > 0
  return [
    id,
    session.identity,
    session.generation,
    attemptToValue(session.attempt),
    Number(session.used),
    session.issuedAt,
    session.createdAt,
    session.idleEndsAt,
    dayOf(session.idleEndsAt),
    session.endsAt,
    Number(session.rotates),
    hasClaims ? JSON.stringify(session.claims) : null,
    ...deviceToValues(session.device),
  ]
}

export function sessionFromRow(id: string, row: Row): Session {
  const [
    identity,
    generation,
    attempt,
    used,
    issuedAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates,
    claims,
    userAgent,
    address,
    endedAt,
    endReason,
    endDetails,
  ] = row
  return {
    id,
    identity,
    generation,
    attempt: attemptFromValue(attempt),
    used: used === 1,
    issuedAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates: rotates === 1,
    claims: claims === null ? {} : JSON.parse(claims),
    device: { ...(userAgent !== null && { userAgent }), ...(address !== null && { address }) },
    end: endedAt === null ? null : endFromValues(endedAt, endReason!, endDetails),
  }
}

const endFromValues = (at: number, reason: string, details: string | null): End => ({
  at,
  reason,
  details: details === null ? null : JSON.parse(details),
})
