import type { End, ListPosition, Session, Store } from '../store.ts'
import type { SessionContext } from './context.ts'

/** A session as its owner may see it. It holds no secret. Times are in milliseconds since 1970. */
export type SessionInfo = Omit<Session, 'attempt' | 'used'>

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 500

export interface SessionPage {
  sessions: SessionInfo[]
  /** Asks for the next page; null if this is the last one. */
  nextCursor: string | null
}

export interface SessionPageOptions {
  /** How many sessions at most, from 1 to 500; 100 by default. Other numbers are brought there. */
  limit?: number
  /** The `nextCursor` of the page before. An unknown one gives the first page. */
  cursor?: string | null
  /** The id of a session that comes first on the first page: usually that of the request. */
  current?: string | null
}

/**
 * A page of the stored sessions of an identity: the live ones, then those that have ended, each
 * newest first. A session whose lifetime is over is among the live ones of its page, at their end.
 * Rejects with the store's own error.
 */
export async function listSessions(
  { settings, store }: Pick<SessionContext, 'settings' | 'store'>,
  identity: string,
  { limit = DEFAULT_LIMIT, cursor = null, current = null }: SessionPageOptions = {},
): Promise<SessionPage> {
  const wanted = Number.isNaN(limit) ? DEFAULT_LIMIT : Math.trunc(limit)
  const size = Math.min(Math.max(wanted, 1), MAX_LIMIT)
  const position = parseCursor(cursor)
  const first = position === null ? await readOwn(store, identity, current) : []
  const isOther = ({ id }: Session): boolean => id !== current
  // One more than the page: whether there is another page. One for the current session, left out.
  const rows = (await readBehind(store, identity, position, size + 2)).filter(isOther)
  const page = [...first, ...rows].slice(0, size)
  const now = settings.now()
  const last = page.at(-1)
  return {
    sessions: page
      .map((row) => toSessionInfo(row, now))
      .toSorted((a, b) => rankOf(a, current) - rankOf(b, current)),
    nextCursor: first.length + rows.length > size && last ? toCursor(last, current) : null,
  }
}

const rankOf = ({ id, end }: SessionInfo, current: string | null): number =>
  id === current ? 0 : end === null ? 1 : 2

async function readOwn(store: Store, identity: string, id: string | null): Promise<Session[]> {
  const row = id === null ? null : await store.read(id)
  return row?.identity === identity ? [row] : []
}

/** Reads live sessions, then those that have ended. */
async function readBehind(
  store: Store,
  identity: string,
  position: Position | null,
  limit: number,
): Promise<Session[]> {
  const order = 'newest-first'
  const { ended = false, after = null } = position ?? {}
  const rows = await store.list(identity, { ended, order, limit, after })
  if (ended || rows.length >= limit) return rows
  const range = { ended: true, order, limit: limit - rows.length, after: null } as const
  return [...rows, ...(await store.list(identity, range))]
}

/** Behind a session of one of the two lists; before all of a list if `after` is null. */
interface Position {
  ended: boolean
  after: ListPosition | null
}

/** `START` if the page contains nothing but the current session, which is not in its place. */
const START = 'start'
const CURSOR = /^(live|ended)-(\d{1,15})-([\w-]{22})$/

const toCursor = ({ id, createdAt, end }: Session, current: string | null): string =>
  id === current ? START : `${end === null ? 'live' : 'ended'}-${createdAt}-${id}`

function parseCursor(cursor: string | null): Position | null {
  if (cursor === START) return { ended: false, after: null }
  const [, list, createdAt, id] = CURSOR.exec(cursor ?? '') ?? []
  if (id === undefined) return null
  return { ended: list === 'ended', after: { createdAt: Number(createdAt), id } }
}

/**
 * One session, and how it ended if it did; null if the store does not have it. Rejects with the
 * store's own error.
 */
export async function explain(
  { settings, store }: Pick<SessionContext, 'settings' | 'store'>,
  sessionId: string,
): Promise<SessionInfo | null> {
  const row = await store.read(sessionId)
  return row && toSessionInfo(row, settings.now())
}

function toSessionInfo(
  { attempt: _attempt, used: _used, ...row }: Session,
  now: number,
): SessionInfo {
  return { ...row, end: row.end ?? endByLifetime(row, now) }
}

/** The end of a session whose idle or absolute lifetime is over. The store does not record it. */
export function endByLifetime(
  { idleEndsAt, endsAt }: Pick<Session, 'idleEndsAt' | 'endsAt'>,
  now: number,
): End | null {
  if (now < idleEndsAt) return null
  return { at: idleEndsAt, reason: idleEndsAt === endsAt ? 'expired' : 'idle', details: null }
}
