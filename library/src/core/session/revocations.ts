import type { Awaitable } from '../store.ts'
import type { SessionContext } from './context.ts'

/** Milliseconds after which the store is asked for news, beside the request that notices. */
const POLL = 1000
/** Milliseconds without news after which a request waits for the store rather than trust the memory. */
const STALE = 10_000
/** Ends are looked for again over so many milliseconds: another process's clock, or its commit, may be behind. */
const OVERLAP = 5000

/**
 * The sessions that ended within the life of an access token: all that a process must know to check tokens without the store.
 * The answer is immediate while the news is young. It rejects where the store has to be asked and fails: the guard then refuses.
 */
export function watchRevocations({ settings, store, orRetry }: SessionContext): (sessionId: string) => Awaitable<boolean> {
  const ended = new Map<string, number>()
  let newsAt = Number.NEGATIVE_INFINITY
  let polling = false
  store.subscribe({ ended: ({ sessionId, at }) => void ended.set(sessionId, at), up() {}, down() {} })

  async function poll(now: number): Promise<void> {
    const oldest = now - settings.accessLifetime - OVERLAP
    // By a clock that was ahead, the last news says nothing about what came since.
    const since = now < newsAt ? oldest : Math.max(oldest, newsAt - OVERLAP)
    for (const { sessionId, at } of await store.endedSince(since)) ended.set(sessionId, at)
    for (const [sessionId, at] of ended) if (at < oldest) ended.delete(sessionId)
    newsAt = now
  }

  async function ask(sessionId: string): Promise<boolean> {
    const row = await store.read(sessionId)
    return row === null || row.end !== null
  }

  return (sessionId) => {
    if (ended.has(sessionId)) return true
    const now = settings.now()
    // A clock that was set back says nothing about how old the news is.
    const age = now < newsAt ? Number.POSITIVE_INFINITY : now - newsAt
    if (age >= POLL && !polling) {
      polling = true
      void orRetry(() => poll(now)).finally(() => (polling = false))
    }
    return age < STALE ? false : ask(sessionId)
  }
}
