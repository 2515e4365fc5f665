import type { SessionInfo } from '../../core/session/list.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 500

export interface SessionPage {
  sessions: SessionInfo[]
  /** What asks for the next page; null if this is the last one. */
  nextCursor: string | null
}

/**
 * One page of the sessions of an identity: the `current` one first, then live ones, then those that
 * have ended, each newest first. `cursor` is that of the page before; an unknown one gives the
 * first page.
 */
export function sessionPage(
  sessions: readonly SessionInfo[],
  current: string | null,
  { cursor = null, limit = DEFAULT_LIMIT }: { cursor?: string | null; limit?: number } = {},
): SessionPage {
  const rank = ({ id, end }: SessionInfo): number => (id === current ? 0 : end === null ? 1 : 2)
  const sorted = sessions.toSorted((a, b) => rank(a) - rank(b) || b.createdAt - a.createdAt)
  const start = sorted.findIndex(({ id }) => id === cursor) + 1
  const page = sorted.slice(start, start + limit)
  const hasMore = start + limit < sorted.length
  return { sessions: page, nextCursor: hasMore ? page.at(-1)!.id : null }
}

/** Reads `limit` and `cursor` of a query. A limit that is not from 1 to 500 is brought there. */
export function pageOptions(query: string): { cursor: string | null; limit: number } {
  const parameters = new URLSearchParams(query)
  const limit = Math.trunc(Number(parameters.get('limit') ?? DEFAULT_LIMIT))
  return {
    cursor: parameters.get('cursor'),
    limit: Math.min(Math.max(Number.isNaN(limit) ? DEFAULT_LIMIT : limit, 1), MAX_LIMIT),
  }
}
