import type { KeyObject } from 'node:crypto'
import { refuse, type Refusal } from '../errors.ts'
import { verifyJws } from '../jws.ts'
import type { Settings } from '../options.ts'
import type { Store } from '../store.ts'
import { isOutage, reportStoreFailure, watchStore } from '../watch-store.ts'
import { createThrottle, type Throttle } from '../throttle/throttle.ts'
import { Revocations } from './revocations.ts'
import { ticketKeys } from './ticket-format.ts'
import { UnconfirmedWrites } from './unconfirmed-writes.ts'

/** What the session functions share: settings, store, and the state of this process. */
export interface SessionContext {
  settings: Settings
  store: Store
  revocations: Revocations
  throttle: Throttle
  unconfirmedWrites: UnconfirmedWrites
  /** The first signs tickets; all verify them. */
  ticketKeys: readonly KeyObject[]
  /** Prunes the store at most once an hour, in the background. `now` in milliseconds. */
  pruneIfDue(now: number): void
  /** Whether a string is an access token, sent where a refresh token is expected. */
  isAccessToken(token: string): boolean
  /**
   * Runs store operations. If the store fails, emits `store-failed` and resolves to the refusal
   * `temporarily_unavailable`. Rejects with a mistake of the application.
   */
  orUnavailable<T>(run: () => Promise<T>): Promise<T | Refusal>
  /** The same for work that no request waits for: a mistake is reported as well, and not thrown. */
  inBackground<T>(run: () => Promise<T>): Promise<T | Refusal>
}

const HOUR = 60 * 60 * 1000

/**
 * How long ended sessions stay in the store, in milliseconds, for their owners to see why they
 * ended.
 */
const ENDED_RETENTION = 30 * 24 * HOUR

export function createSessionContext(settings: Settings, unwatched: Store): SessionContext {
  const store = watchStore(unwatched)
  let prunedAt = 0
  const refuseIf =
    (isRefused: (cause: unknown) => boolean) =>
    async <T>(run: () => Promise<T>): Promise<T | Refusal> => {
      try {
        return await run()
      } catch (cause) {
        reportStoreFailure(settings, cause)
        if (!isRefused(cause)) throw cause
        return refuse('temporarily_unavailable')
      }
    }
  const inBackground = refuseIf(() => true)
  const prune = async (now: number) => store.prune(now - ENDED_RETENTION)
  return {
    settings,
    store,
    revocations: new Revocations(settings, store, inBackground),
    throttle: createThrottle(settings, store),
    unconfirmedWrites: new UnconfirmedWrites(),
    ticketKeys: ticketKeys(settings),
    pruneIfDue(now) {
      if (now - prunedAt < HOUR) return
      prunedAt = now
      setImmediate(() => void inBackground(async () => prune(now)))
    },
    isAccessToken: (token) => typeof verifyJws(settings.ring, token) === 'object',
    orUnavailable: refuseIf(isOutage),
    inBackground,
  }
}
