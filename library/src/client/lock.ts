/** Longer than a holder that is alive ever takes, so that only a frozen one is passed by. Milliseconds. */
const LONGEST_WAIT = 10_000

export type Locked = <T>(work: () => Promise<T>) => Promise<T>

/**
 * One piece of work at a time for all tabs, by a Web Lock; for this tab where there is none. It only saves requests: the
 * server answers crossing refreshes with the same tokens. So who waits too long goes without, and nobody ever steals.
 */
export function createLock(name: string): Locked {
  let last: Promise<unknown> = Promise.resolve()
  const inThisTab: Locked = (work) => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
  return async (work) => {
    const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks
    if (!locks) return inThisTab(work)
    let granted = false
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(LONGEST_WAIT) }, () => {
        granted = true
        return work()
      })
    } catch (error) {
      if (granted) throw error
      return work()
    }
  }
}
