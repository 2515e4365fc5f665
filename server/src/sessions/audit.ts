import type { SessionEvent as AuthSessionEvent } from 'latchkey'
import type { Device, ReuseDetails } from 'latchkey/protocol'
import type { Awaitable } from '../awaitable.ts'
import { isEnd, type EventType, type SessionEvent } from './event-types.ts'

/** What happens to an account and is recorded. */
export type AccountEventType =
  'registered' | 'sign-in-failed' | 'password-changed' | 'password-change-failed'

/** Contains neither a typed username nor a password. */
export interface AccountEvent {
  type: AccountEventType
  /** Null if there is no such account. */
  identity: string | null
  device: Device
}

/** The audit log. Every method throws if the database fails. */
export interface Audit {
  /** Records an event of a session and returns it as its owner may see it. */
  recordSession(event: AuthSessionEvent): Promise<SessionEvent>
  recordAccount(event: AccountEvent): Promise<void>
  /** Returns the latest events, of one identity or of all, in the order in which they happened. */
  recent(identity: string | null, limit: number): Promise<RecentEvent[]>
  /** Returns the latest events of a session, in the order in which they happened. */
  eventsOf(sessionId: string): Promise<SessionEvent[]>
}

/** An event of a session or of an account, for an administrator. */
export interface RecentEvent {
  /** Milliseconds since 1970. */
  at: number
  type: EventType | AccountEventType
  sessionId: string | null
  identity: string | null
  /** JSON. */
  detail: string
}

/** `detail` is JSON; `at` is in milliseconds since 1970. */
export interface StoredEvent {
  at: number
  type: EventType
  generation: number
  detail: string
}

/** The table of events in a database. `at` and `before` are in milliseconds since 1970. */
export interface EventTable {
  /** A generation of null is stored as the highest recorded generation of the session. */
  insertSessionEvent(
    event: Pick<AuthSessionEvent, 'at' | 'type' | 'sessionId' | 'identity' | 'generation'> & {
      detail: string
    },
  ): Awaitable<StoredEvent>
  insertAccountEvent(
    event: Pick<AccountEvent, 'type' | 'identity'> & { at: number; detail: string },
  ): Awaitable<void>
  /** Returns the latest events of a session by `at`, then by insertion, the latest first. */
  latest(sessionId: string, limit: number): Awaitable<StoredEvent[]>
  /** Deletes all but the latest `keep` events of a session. */
  trimSession(sessionId: string, keep: number): Awaitable<void>
  /** Returns the latest events, of one identity or of all, the latest first. */
  recent(identity: string | null, limit: number): Awaitable<RecentEvent[]>
  /** Deletes all but the latest `keep` events of an account, or of no account, without a session. */
  trimAccount(identity: string | null, keep: number): Awaitable<void>
  /** Deletes events from before this instant. */
  prune(before: number): Awaitable<void>
}

const DAY = 24 * 60 * 60 * 1000

/**
 * How long events are kept, in milliseconds, and how many per session, per account, and of names
 * that no account has. Nobody can push out the events of another account.
 */
const RETENTION = { age: 30 * DAY, perSession: 200, perAccount: 500, ofUnknown: 5000 }

/**
 * How often old events are deleted: by number after this many inserts, and by age after each
 * `interval` in milliseconds.
 */
const CLEANUP = { sessionEvents: 16, accountEvents: 16, interval: DAY / 24 }

export function createAudit(table: EventTable, now: () => number): Audit {
  const inserted = { sessionEvents: 0, accountEvents: 0 }
  let prunedAt = Number.NEGATIVE_INFINITY

  async function pruneHourly(): Promise<void> {
    if (now() - prunedAt < CLEANUP.interval) return
    prunedAt = now()
    await table.prune(prunedAt - RETENTION.age)
  }

  return {
    async recordSession(event) {
      const { at, type, sessionId, identity, generation } = event
      const detail = detailOf(event)
      const stored = await table.insertSessionEvent({
        at,
        type,
        sessionId,
        identity,
        generation,
        detail,
      })
      // Any event may trigger this, so a session with many events is trimmed often enough.
      if (++inserted.sessionEvents % CLEANUP.sessionEvents === 0)
        await table.trimSession(sessionId, RETENTION.perSession)
      await pruneHourly()
      return toSessionEvent(stored)
    },
    async recordAccount({ type, identity, device }) {
      await table.insertAccountEvent({
        at: now(),
        type,
        identity,
        detail: JSON.stringify({ device }),
      })
      if (++inserted.accountEvents % CLEANUP.accountEvents === 0)
        await table.trimAccount(
          identity,
          identity === null ? RETENTION.ofUnknown : RETENTION.perAccount,
        )
      await pruneHourly()
    },
    recent: async (identity, limit) => (await table.recent(identity, limit)).toReversed(),
    async eventsOf(sessionId) {
      const latest = await table.latest(sessionId, RETENTION.perSession)
      const inOrder = latest.toReversed().toSorted(byOccurrence)
      return withRisingGenerations(inOrder).map(toSessionEvent)
    },
  }
}

/**
 * Orders events as they happened: by time, then generation. The order of insertion says little:
 * several processes record the events of one session, each after the response. Within one
 * millisecond a generation is created before it is repeated, and the end of the session is last.
 */
function byOccurrence(a: StoredEvent, b: StoredEvent): number {
  return (
    a.at - b.at ||
    Number(isEnd(a.type)) - Number(isEnd(b.type)) ||
    a.generation - b.generation ||
    Number(a.type === 'repeated') - Number(b.type === 'repeated')
  )
}

/**
 * Returns the events with generations that never decrease. An end without a generation may have
 * been recorded before the refreshes that preceded it, and then has too low a generation.
 */
function withRisingGenerations(events: readonly StoredEvent[]): StoredEvent[] {
  let highest = 0
  return events.map((event) => {
    highest = Math.max(highest, event.generation)
    return { ...event, generation: highest }
  })
}

const detailOf = ({ device, holder, otherDevice, reason, details }: AuthSessionEvent): string =>
  JSON.stringify({ device, holder, otherDevice, reason, details })

function toSessionEvent({ at, type, generation, detail }: StoredEvent): SessionEvent {
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
