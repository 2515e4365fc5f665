import type { End, Session } from '../../core/store.ts'
import type { SqliteValue } from './database.ts'

const DAY = 24 * 60 * 60 * 1000
/** Where there is no attempt. As long as one, so that the row does not grow when there is. */
const NONE = ' '.repeat(16)

/** What is read of a session, in this order. */
export const COLUMNS =
  'identity, generation, attempt, used, issued_at, created_at, idle_ends_at, ends_at, rotates, claims, user_agent, address, ended_at, end_reason, end_story'

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
  endStory: string | null,
]

/** The values of a row in the order of its columns: an object has them too. */
export const valuesIn = (row: unknown): unknown[] =>
  Array.isArray(row) ? row : Object.values(row as object)

/** 16 bytes in base64url, in their one spelling: two bits of the last character are used. */
const ID = /^[\w-]{21}[AQgw]$/

export const dayOf = (instant: number): number => Math.floor(instant / DAY)

/** The 16 bytes of an id; null for a text that no session is called by. */
export const bytesOf = (id: string): Buffer | null =>
  ID.test(id) ? Buffer.from(id, 'base64url') : null
export const idOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** The hash of an attempt is 16 bytes too; a text that is not is kept as it is. */
export const attemptValue = (attempt: string | null): SqliteValue =>
  attempt === null ? NONE : (bytesOf(attempt) ?? attempt)
const attemptOf = (value: Uint8Array | string): string | null =>
  value === NONE ? null : typeof value === 'string' ? value : idOf(value)

export const deviceValues = ({ userAgent, address }: Session['device']): SqliteValue[] => [
  userAgent ?? null,
  address ?? null,
]
export const endValues = ({ at, reason, details }: End): SqliteValue[] => [
  at,
  reason,
  details && JSON.stringify(details),
]

/** The values of a row that lives, in the order of its columns. */
export function valuesOf({
  id,
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
  device,
}: Session): SqliteValue[] {
  const bytes = bytesOf(id)
  if (bytes === null) throw new TypeError('the id of a session must be 16 bytes in base64url')
  const instants = [issuedAt, createdAt, idleEndsAt, dayOf(idleEndsAt), endsAt]
  const said = Object.keys(claims).length === 0 ? null : JSON.stringify(claims)
  return [
    bytes,
    identity,
    generation,
    attemptValue(attempt),
    Number(used),
    ...instants,
    Number(rotates),
    said,
    ...deviceValues(device),
  ]
}

export function sessionOf(id: string, row: Row): Session {
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
    reason,
    details,
  ] = row
  return {
    id,
    identity,
    generation,
    attempt: attemptOf(attempt),
    used: used === 1,
    issuedAt,
    createdAt,
    idleEndsAt,
    endsAt,
    rotates: rotates === 1,
    claims: claims === null ? {} : JSON.parse(claims),
    device: { ...(userAgent !== null && { userAgent }), ...(address !== null && { address }) },
    end:
      endedAt === null
        ? null
        : { at: endedAt, reason: reason!, details: details === null ? null : JSON.parse(details) },
  }
}
