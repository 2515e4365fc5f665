import type { ListPosition, ListRange, Revocation, Session, Store } from '../core/store.ts'
import { TryCounters } from './memory-tries.ts'
import { RevocationEmitter } from './revocation-emitter.ts'

export type { Store } from '../core/store.ts'

/**
 * Stores sessions in the memory of this process, for tests and demos. A restart signs everyone out.
 */
export function memoryStore(): Store {
  const sessions = new SessionTable()
  const claimedKeys = new Map<string, number>()
  const tries = new TryCounters()

  return {
    create: (session) => sessions.insert(session),
    read: (id) => structuredClone(sessions.rows.get(id) ?? null),
    rotate: (id, from, next) =>
      sessions.update(
        id,
        (row) => row.generation === from.generation && row.issuedAt === from.issuedAt,
        { ...next, used: false },
      ),
    extend: (id, generation, next) =>
      sessions.update(
        id,
        (row) => row.generation === generation,
        laterOf(sessions.rows.get(id), next),
      ),
    markUsed(generations) {
      for (const { sessionId, generation } of generations)
        sessions.update(sessionId, (row) => row.generation === generation, { used: true })
    },
    end: (id, end) => sessions.update(id, () => true, { end }),
    endAll: (identity, except, end) =>
      sessions
        .ofIdentity(identity)
        .map(({ id }) => id)
        .filter((id) => id !== except && sessions.update(id, () => true, { end })),
    list: (identity, range) => structuredClone(sessions.list(identity, range)),
    endedSince: (at) => sessions.endedSince(at),
    prune: (before) => sessions.prune(before),
    subscribe(listener) {
      const unsubscribe = sessions.emitter.subscribe(listener)
      // There are no other processes whose ends could be missed.
      listener.connected()
      return unsubscribe
    },
    claimOnce(key, expiresAt, now) {
      for (const [old, expiry] of claimedKeys) if (expiry <= now) claimedKeys.delete(old)
      if (claimedKeys.has(key)) return false
      claimedKeys.set(key, expiresAt)
      return true
    },
    takeTry: (key, rule, now) => tries.take(key, rule, now),
    giveBackTries: (key, count, blockedUntil) => tries.giveBack(key, count, blockedUntil),
    clearTries: (key, knownUntil) => tries.clear(key, knownUntil),
    pruneTries: (now, keep) => tries.prune(now, keep),
  }
}

/** Rows are copied on the way in and out: nothing outside holds a reference to one. */
class SessionTable {
  readonly rows = new Map<string, Session>()
  readonly emitter = new RevocationEmitter()

  insert(session: Session): void {
    if (this.rows.has(session.id)) throw new Error('a session with this id already exists')
    this.rows.set(session.id, structuredClone(session))
  }

  /** Changes a live row if the condition holds. Returns whether it did. */
  update(id: string, condition: (row: Session) => boolean, next: Partial<Session>): boolean {
    const row = this.rows.get(id)
    if (row === undefined || row.end !== null || !condition(row)) return false
    this.rows.set(id, structuredClone({ ...row, ...next }))
    if (next.end) this.emitter.emit({ sessionId: id, at: next.end.at })
    return true
  }

  ofIdentity(identity: string): Session[] {
    return [...this.rows.values()].filter((row) => row.identity === identity)
  }

  list(identity: string, { ended, order, limit, after }: ListRange): Session[] {
    const inOrder = order === 'newest-first' ? newestFirst : oldestFirst
    return this.ofIdentity(identity)
      .filter((row) => (row.end !== null) === ended)
      .filter((row) => after === null || inOrder(after, row) < 0)
      .sort(inOrder)
      .slice(0, limit)
  }

  endedSince(at: number): Revocation[] {
    return [...this.rows.values()].flatMap(({ id, end }) =>
      end !== null && end.at >= at ? [{ sessionId: id, at: end.at }] : [],
    )
  }

  prune(before: number): number {
    const ended = [...this.rows.values()].filter(
      ({ idleEndsAt, end }) => idleEndsAt < before || (end !== null && end.at < before),
    )
    for (const { id } of ended) this.rows.delete(id)
    return ended.length
  }
}

type Extension = Pick<Session, 'issuedAt' | 'idleEndsAt'>

/** Concurrent calls of `extend` may arrive out of order: instants never move back. */
const laterOf = (row: Extension | undefined, next: Extension): Extension => ({
  issuedAt: Math.max(row?.issuedAt ?? 0, next.issuedAt),
  idleEndsAt: Math.max(row?.idleEndsAt ?? 0, next.idleEndsAt),
})

function oldestFirst(a: ListPosition, b: ListPosition): number {
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

const newestFirst = (a: ListPosition, b: ListPosition): number => oldestFirst(b, a)
