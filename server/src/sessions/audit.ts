import type { DatabaseSync } from 'node:sqlite'
import type { SessionEvent as AuthSessionEvent } from 'latchkey'
import type { Device, ReuseDetails } from 'latchkey/protocol'
import type { EventType, SessionEvent } from './event-types.ts'
import type { Awaitable } from '../accounts/users.ts'

/** What happens to an account, or at its door. No name that was typed, and no password, is part of it. */
export interface AccountEvent {
  type: 'registered' | 'sign-in-failed' | 'password-changed' | 'password-change-failed'
  /** Null where there is no such account. */
  identity: string | null
  device: Device
}

export interface Audit {
  /** Writes an event of a session and answers it as its owner may see it. */
  session(event: AuthSessionEvent): Awaitable<SessionEvent>
  account(event: AccountEvent): Awaitable<void>
  /** The last events of a session, the newest last. */
  of(sessionId: string): Awaitable<SessionEvent[]>
}

const DAY = 24 * 60 * 60 * 1000

/** How long events are kept, in milliseconds, and how many of one session and of no session. */
export const KEPT = { age: 30 * DAY, session: 200, other: 20_000 }

/** Events between two looks at how many there are, of a session's and of no session; milliseconds between two looks at how old. */
export const EVERY = { session: 16, other: 500, age: DAY / 24 }

export interface EventRow {
  at: number
  type: EventType
  generation: number
  detail: string
}

const SQL = {
  // Where many sessions ended at once, the event does not say at which generation this one was.
  session: `INSERT INTO event (at, type, session_id, identity, generation, detail) VALUES (?1, ?2, ?3, ?4,
            COALESCE(?5, (SELECT generation FROM event WHERE session_id = ?3 ORDER BY id DESC LIMIT 1), 0), ?6) RETURNING at, type, generation, detail`,
  account: 'INSERT INTO event (at, type, identity, detail) VALUES (?, ?, ?, ?)',
  of: `SELECT at, type, generation, detail FROM (SELECT * FROM event WHERE session_id = ? ORDER BY id DESC LIMIT ${KEPT.session}) ORDER BY id`,
  bound: `DELETE FROM event WHERE session_id IS ?1 AND id <= (SELECT id FROM event WHERE session_id IS ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
  prune: 'DELETE FROM event WHERE at < ?',
}

/** The record of what happened, in the database. Throws what the database throws. */
export function createAudit(connection: DatabaseSync, now: () => number): Audit {
  const session = connection.prepare(SQL.session)
  const account = connection.prepare(SQL.account)
  const of = connection.prepare(SQL.of)
  const bound = connection.prepare(SQL.bound)
  const prune = connection.prepare(SQL.prune)
  let [sessions, others] = [0, 0]
  let prunedAt = Number.NEGATIVE_INFINITY

  function pruneHourly(): void {
    if (now() - prunedAt < EVERY.age) return
    prunedAt = now()
    prune.run(prunedAt - KEPT.age)
  }

  return {
    session(event) {
      const { at, type, sessionId, identity, generation } = event
      const row = session.get(
        at,
        type,
        sessionId,
        identity,
        generation,
        detailOf(event),
      ) as unknown as EventRow
      // Whoever makes many is met by this as often as need be.
      if (++sessions % EVERY.session === 0) bound.run(sessionId, KEPT.session)
      pruneHourly()
      return eventOf(row)
    },
    account({ type, identity, device }) {
      account.run(now(), type, identity, JSON.stringify({ device }))
      if (++others % EVERY.other === 0) bound.run(null, KEPT.other)
      pruneHourly()
    },
    of: (sessionId) => (of.all(sessionId) as unknown as EventRow[]).map(eventOf),
  }
}

/** What the record holds of an event of a session beside its columns. */
export const detailOf = ({
  device,
  holder,
  otherDevice,
  reason,
  details,
}: AuthSessionEvent): string => JSON.stringify({ device, holder, otherDevice, reason, details })

/** An event as its owner may see it. */
export function eventOf({ at, type, generation, detail }: EventRow): SessionEvent {
  const { device, otherDevice, details } = JSON.parse(detail) as {
    device: Device
    otherDevice?: boolean
    details?: ReuseDetails
  }
  return {
    at: new Date(at).toISOString(),
    type,
    generation,
    device,
    ...(otherDevice && { other_device: true }),
    ...(details && { details }),
  }
}
