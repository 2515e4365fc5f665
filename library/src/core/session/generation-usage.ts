import type { SessionContext } from './context.ts'

/** Of how many sessions a process remembers what it has noted. A generation that it forgets is noted again. */
const REMEMBERED = 10_000

/**
 * Notes generations that were seen in use: each once, many in one write, and never on the path of a request. One that comes after a later
 * one was noted tells nothing more.
 */
export function createUsageRecorder({
  store,
  orUnavailable,
}: SessionContext): (sessionId: string, generation: number) => void {
  const noted = new Map<string, number>()
  let waiting: Array<{ sessionId: string; generation: number }> = []
  const flush = () => {
    const generations = waiting
    waiting = []
    void orUnavailable(async () => store.markUsed(generations))
  }
  return (sessionId, generation) => {
    if (generation <= (noted.get(sessionId) ?? -1)) return
    if (noted.size >= REMEMBERED) noted.clear()
    noted.set(sessionId, generation)
    if (waiting.push({ sessionId, generation }) === 1) setImmediate(flush)
  }
}
