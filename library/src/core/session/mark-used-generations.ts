import type { SessionContext } from './context.ts'

/** How many sessions a process remembers. A generation that was forgotten is recorded again. */
const MAX_REMEMBERED = 10_000

/**
 * Makes a function that records in the store that an access token of a generation was used. Each
 * generation is written once, many in one write, and no request waits for it. A generation older
 * than one already recorded is ignored.
 */
export function createUsageRecorder({
  store,
  inBackground,
}: SessionContext): (sessionId: string, generation: number) => void {
  const recorded = new Map<string, number>()
  let pending: Array<{ sessionId: string; generation: number }> = []
  const flush = () => {
    const generations = pending
    pending = []
    void inBackground(async () => store.markUsed(generations))
  }
  return (sessionId, generation) => {
    if (generation <= (recorded.get(sessionId) ?? -1)) return
    if (recorded.size >= MAX_REMEMBERED) recorded.clear()
    recorded.set(sessionId, generation)
    if (pending.push({ sessionId, generation }) === 1) setImmediate(flush)
  }
}
