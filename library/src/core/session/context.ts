import { refuse, type Refusal } from '../errors.ts'
import { verifyJws } from '../jws.ts'
import type { Settings } from '../options.ts'
import type { Store } from '../store.ts'
import { watchRevocations, type Revocations } from './revocations.ts'
import { ticketOffice, type TicketOffice } from './tickets.ts'

/** What the session verbs share. */
export interface SessionContext {
  settings: Settings
  store: Store
  revocations: Revocations
  tickets: TicketOffice
  /** Prunes the store now and then, off the caller's path. `now` in milliseconds. */
  pruneIfDue(now: number): void
  /** True for one of our own JWTs: the caller sent an access token where a refresh token belongs. */
  isAccessToken(token: string): boolean
  /** Runs a verb; where the store throws, tells the event and answers `temporarily_unavailable`. */
  orUnavailable<T>(verb: () => Promise<T>): Promise<T | Refusal>
}

const HOUR = 60 * 60 * 1000

/** How long an ended session is kept, in milliseconds, so that its owner can be told why it ended. */
const KEPT = 30 * 24 * HOUR

export function createSessionContext(settings: Settings, store: Store): SessionContext {
  let prunedAt = 0
  const failed = (cause: unknown) =>
    settings.onEvent({ type: 'store-failed', at: settings.now(), cause })
  async function orRetry<T>(verb: () => Promise<T>): Promise<T | Refusal> {
    try {
      return await verb()
    } catch (cause) {
      failed(cause)
      return refuse('temporarily_unavailable')
    }
  }
  const prune = async (now: number) => store.prune(now - KEPT)
  return {
    settings,
    store,
    revocations: watchRevocations(settings, store, orRetry),
    tickets: ticketOffice(settings),
    pruneIfDue(now) {
      if (now - prunedAt < HOUR) return
      prunedAt = now
      setImmediate(() => void prune(now).catch(failed))
    },
    isAccessToken: (token) => typeof verifyJws(settings.ring, token) === 'object',
    orUnavailable: orRetry,
  }
}
