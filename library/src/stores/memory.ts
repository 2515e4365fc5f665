import type { Session, Store } from '../core/store.ts'
import { localFeed } from './local-feed.ts'

type Age = Pick<Session, 'issuedAt' | 'idleEndsAt'>

/** Of two that hand out the same generation, the one decided first may write last: it must not make the generation older. */
const later = (row: Age | undefined, next: Age): Age => ({
  issuedAt: Math.max(row?.issuedAt ?? 0, next.issuedAt),
  idleEndsAt: Math.max(row?.idleEndsAt ?? 0, next.idleEndsAt),
})

/** Sessions in this process's memory, for tests and for trying things out: a restart signs everybody out. */
export function memoryStore(): Store {
  const rows = new Map<string, Session>()
  const shown = new Map<string, number>()
  const { announce, subscribe } = localFeed()

  /** Changes a row if it lives and holds what it must. Nobody outside ever holds a row itself. */
  function change(id: string, holds: (row: Session) => boolean, next: Partial<Session>): boolean {
    const row = rows.get(id)
    if (row === undefined || row.end !== null || !holds(row)) return false
    rows.set(id, structuredClone({ ...row, ...next }))
    if (next.end) announce({ sessionId: id, at: next.end.at })
    return true
  }

  return {
    create(session) {
      if (rows.has(session.id)) throw new Error('a session with this id exists')
      rows.set(session.id, structuredClone(session))
    },
    read: (id) => structuredClone(rows.get(id) ?? null),
    rotate: (id, from, next) =>
      change(id, (row) => row.generation === from.generation && row.issuedAt === from.issuedAt, {
        ...next,
        used: false,
      }),
    extend: (id, generation, next) =>
      change(id, (row) => row.generation === generation, later(rows.get(id), next)),
    markUsed(generations) {
      for (const { sessionId, generation } of generations)
        change(sessionId, (row) => row.generation === generation, { used: true })
    },
    end: (id, end) => change(id, () => true, { end }),
    endAll: (identity, except, end) =>
      [...rows.values()]
        .filter(
          (row) =>
            row.identity === identity && row.id !== except && change(row.id, () => true, { end }),
        )
        .map(({ id }) => id),
    list: (identity) =>
      structuredClone([...rows.values()].filter((row) => row.identity === identity)).sort(
        (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1),
      ),
    endedSince: (at) =>
      [...rows.values()].flatMap(({ id, end }) =>
        end !== null && end.at >= at ? [{ sessionId: id, at: end.at }] : [],
      ),
    prune(before) {
      const gone = [...rows.values()].filter(
        ({ idleEndsAt, end }) => idleEndsAt < before || (end !== null && end.at < before),
      )
      for (const { id } of gone) rows.delete(id)
      return gone.length
    },
    subscribe(feed) {
      const stop = subscribe(feed)
      // There is no other process.
      feed.connected()
      return stop
    },
    claimOnce(key, until, now) {
      for (const [old, end] of shown) if (end <= now) shown.delete(old)
      if (shown.has(key)) return false
      shown.set(key, until)
      return true
    },
  }
}
