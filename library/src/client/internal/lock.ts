/** What is left to do when the lock is given back. No listener is called under it. */
export type Outcome<T = unknown> = () => T

/** Longer than a holder that is alive ever takes, so that only a frozen one is passed by. Milliseconds. */
const LONGEST_WAIT = 10_000

/** What this page does in turn where there are no locks. */
let last: Promise<unknown> = Promise.resolve()

/**
 * One piece of work at a time for all tabs, by a Web Lock; for this tab where there is none. It only saves requests: the server answers
 * crossing refreshes with the same tokens. So who waits too long goes without, and nobody ever steals.
 */
export async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined
  const once = (): Promise<T> => (running ??= work())
  try {
    await navigator.locks.request(name, { signal: AbortSignal.timeout(LONGEST_WAIT) }, once)
  } catch {
    // Not granted; or the work failed, which is told below.
  }
  return running ?? (last = last.then(once, once))
}
