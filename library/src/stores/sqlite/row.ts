import type { End, Session } from '../../core/store.ts'
import type { SqliteValue } from './database.ts'

const DAY = 24 * 60 * 60 * 1000
/** Where there is no attempt. As long as one, so that the row does not grow when there is. */
const NONE = ' '.repeat(16)

export interface Row {
  id: Uint8Array
  identity: string
  counter: number
  attempt: Uint8Array | string
  used: number
  handed_out_at: number
  created_at: number
  idle_ends_at: number
  ends_at: number
  rotates: number
  claims: string | null
  user_agent: string | null
  address: string | null
  ended_at: number | null
  end_reason: string | null
  end_story: string | null
}

export const dayOf = (instant: number): number => Math.floor(instant / DAY)

/** The 16 bytes of an id; null for a text that no session is called by. */
export function bytesOf(id: string): Buffer | null {
  const bytes = Buffer.from(id, 'base64url')
  return bytes.length === 16 && bytes.toString('base64url') === id ? bytes : null
}
export const idOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')

/** The hash of an attempt is 16 bytes too; a text that is not is kept as it is. */
export const attemptValue = (attempt: string | null): SqliteValue => (attempt === null ? NONE : (bytesOf(attempt) ?? attempt))
const attemptOf = (value: Row['attempt']): string | null => (value === NONE ? null : typeof value === 'string' ? value : idOf(value))

export const deviceValues = ({ userAgent, address }: Session['device']): SqliteValue[] => [userAgent ?? null, address ?? null]
export const endValues = ({ at, reason, story }: End): SqliteValue[] => [at, reason, story && JSON.stringify(story)]

/** The values of a row that lives, in the order of its columns. */
export function valuesOf({ id, identity, counter, attempt, used, handedOutAt, createdAt, idleEndsAt, endsAt, rotates, claims, device }: Session): SqliteValue[] {
  const bytes = bytesOf(id)
  if (bytes === null) throw new TypeError('the id of a session must be 16 bytes in base64url')
  const instants = [handedOutAt, createdAt, idleEndsAt, dayOf(idleEndsAt), endsAt]
  const said = Object.keys(claims).length === 0 ? null : JSON.stringify(claims)
  return [bytes, identity, counter, attemptValue(attempt), Number(used), ...instants, Number(rotates), said, ...deviceValues(device)]
}

export function sessionOf(row: Row): Session {
  return {
    id: idOf(row.id),
    identity: row.identity,
    counter: row.counter,
    attempt: attemptOf(row.attempt),
    used: row.used === 1,
    handedOutAt: row.handed_out_at,
    createdAt: row.created_at,
    idleEndsAt: row.idle_ends_at,
    endsAt: row.ends_at,
    rotates: row.rotates === 1,
    claims: row.claims === null ? {} : JSON.parse(row.claims),
    device: { ...(row.user_agent !== null && { userAgent: row.user_agent }), ...(row.address !== null && { address: row.address }) },
    end: row.ended_at === null ? null : { at: row.ended_at, reason: row.end_reason!, story: row.end_story === null ? null : JSON.parse(row.end_story) },
  }
}
