import type { KeyObject } from 'node:crypto'
import { refuse, type Refusal } from '../errors.ts'
import { verifyJws } from '../jws.ts'
import type { Settings } from '../options.ts'
import type { Store } from '../store.ts'
import { createThrottle, type Throttle } from '../throttle/throttle.ts'
import { Revocations } from './revocations.ts'
import { ticketKeys } from './ticket-format.ts'

/** What the session functions share: settings, store, and the state of this process. */
export interface SessionContext {
  settings: Settings
  store: Store
  revocations: Revocations
  throttle: Throttle
  /** The first signs tickets; all verify them. */
  ticketKeys: readonly KeyObject[]
  /** Prunes the store at most once an hour, in the background. `now` in milliseconds. */
  pruneIfDue(now: number): void
  /** Whether a string is an access token, sent where a refresh token is expected. */
  isAccessToken(token: string): boolean
  /**
   * Runs store operations. If they throw or reject, emits `store-failed` and resolves to the
   * refusal `temporarily_unavailable`.
   */
  orUnavailable<T>(run: () => Promise<T>): Promise<T | Refusal>
}

const HOUR = 60 * 60 * 1000

/**
 * How long ended sessions stay in the store, in milliseconds, for their owners to see why they
 * ended.
 */
const ENDED_RETENTION = 30 * 24 * HOUR

export function createSessionContext(settings: Settings, store: Store): SessionContext {
  let prunedAt = 0
  const failed = (cause: unknown) =>
    settings.onEvent({ type: 'store-failed', at: settings.now(), cause })
  async function orUnavailable<T>(run: () => Promise<T>): Promise<T | Refusal> {
    try {
      return await run()
    } catch (cause) {
      failed(cause)
      return refuse('temporarily_unavailable')
    }
  }
  const prune = async (now: number) => store.prune(now - ENDED_RETENTION)
  return {
    settings,
    store,
    revocations: new Revocations(settings, store, orUnavailable),
    throttle: createThrottle(settings, store),
    ticketKeys: ticketKeys(settings),
    pruneIfDue(now) {
      if (now - prunedAt < HOUR) return
      prunedAt = now
      setImmediate(() => void prune(now).catch(failed))
    },
    isAccessToken: (token) => typeof verifyJws(settings.ring, token) === 'object',
    orUnavailable,
  }
}
