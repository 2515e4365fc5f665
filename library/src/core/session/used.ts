import type { SessionContext } from './context.ts'

/** How many generations a process remembers to have noted. One that it forgets is noted again. */
const REMEMBERED = 10_000

/** Notes generations that were seen in use: each once, many in one write, and never on the path of a request. */
export function noteUsed({ store, orRetry }: SessionContext): (sessionId: string, counter: number) => void {
  const noted = new Set<string>()
  let waiting: Array<{ sessionId: string; counter: number }> = []
  const flush = () => {
    const generations = waiting
    waiting = []
    void orRetry(async () => store.markUsed(generations))
  }
  return (sessionId, counter) => {
    const name = `${sessionId} ${counter}`
    if (noted.has(name)) return
    if (noted.size >= REMEMBERED) noted.clear()
    noted.add(name)
    if (waiting.push({ sessionId, counter }) === 1) setImmediate(flush)
  }
}
