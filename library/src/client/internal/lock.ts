import { timeoutSignal } from './abort.ts'
import type { Config } from './context.ts'

/** What remains to be done after the lock is released. No listener is called while it is held. */
export type AfterLock<T = unknown> = () => T

/**
 * Milliseconds. Longer than a running tab ever holds the lock, so only a frozen tab is overtaken.
 */
const MAX_WAIT = 10_000

/** The last work of this page, for browsers without Web Locks. */
let lastWork: Promise<unknown> = Promise.resolve()

/**
 * Runs `work` while no other tab runs any, by a Web Lock or by the lock of the storage. Without one
 * this holds only within the page. After MAX_WAIT the work runs without the lock; no Web Lock is
 * ever stolen. Safety does not depend on the lock: it saves requests, because the server gives the
 * same tokens to refreshes that cross.
 */
export async function withLock<T>(
  { name, lock }: Pick<Config, 'name' | 'lock'>,
  work: () => Promise<T>,
): Promise<T> {
  let running: Promise<T> | undefined
  const runOnce = (): Promise<T> => (running ??= work())
  try {
    const signal = timeoutSignal(MAX_WAIT)
    await (lock?.('refresh', runOnce, signal) ?? navigator.locks.request(name, { signal }, runOnce))
  } catch {
    // The lock was not granted; or the work failed, and `running` rejects.
  }
  return running ?? (lastWork = lastWork.then(runOnce, runOnce))
}
