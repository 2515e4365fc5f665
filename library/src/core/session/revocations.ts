import type { Refusal } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { Awaitable, Revocation, Store } from '../store.ts'
import { MAX_CLOCK_SKEW } from '../access-token.ts'
import { createLagMeter, type LagSummary } from './latency.ts'

/** Milliseconds after which the store is asked for news, beside the request that notices: where it tells of every end, and where not. */
const POLL = { told: 5000, alone: 1000 }
/** Milliseconds without news after which a request waits for the store rather than trust the memory. */
const STALE = 10_000
/** Ends are looked for again over so many milliseconds: their commit may be behind. */
const OVERLAP = 5000
/** Sessions that are remembered at most, some 100 MB. With more of them ended at once the store is asked about every other one. */
const MOST = 1_000_000

/** What a process knows of ended sessions without asking, and how well it knows it. Durations are in milliseconds. */
export interface RevocationMetrics {
  /** From the end of a session to the moment that this process knew, by the clocks of both; null before the first. */
  lag: LagSummary | null
  /** Since the store was last asked and nothing can have been missed; null where it never answered. */
  age: number | null
  /** The memory is not trusted: every check asks the store, and is refused where that fails. */
  stale: boolean
  /** The store tells of every end by itself. False: it is asked once a second. */
  pushed: boolean
  /** Sessions remembered as ended. */
  remembered: number
  /** Checks for which the store was asked. */
  storeReads: number
}

export interface Revocations {
  /**
   * Whether a session ended, for a token issued at an instant (milliseconds, as `now`). Immediate while the news is young. Rejects where
   * the store has to be asked and fails: the guard then refuses.
   */
  isEnded(sessionId: string, issuedAt: number, now: number): Awaitable<boolean>
  /** Calls `listener` once for each session, at the moment that its end is known here. */
  listen(listener: (sessionId: string) => void): void
  /** Asks the store for news where they are not young. For a process that has open connections, but no requests. */
  refresh(): void
  /** There was no news for so long that ends may have been missed. */
  isBehind(): boolean
  metrics(): RevocationMetrics
  /** Hears no more of the store; every check asks it from now on. */
  close(): void
}

/** Remembers the sessions that ended within the life of an access token: all that a process must know to check tokens without the store. */
export function watchRevocations(
  settings: Settings,
  store: Store,
  orRetry: <T>(verb: () => Promise<T>) => Promise<T | Refusal>,
): Revocations {
  /** Every session that a living token can belong to and that has ended, with the instant at which we knew; the oldest first. */
  const ended = new Map<string, number>()
  const kept = settings.accessLifetime + MAX_CLOCK_SKEW + OVERLAP
  const lag = createLagMeter()
  const listeners: Array<(sessionId: string) => void> = []
  let newsAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let overfullUntil = Number.NEGATIVE_INFINITY
  let told = false
  let closed = false
  let polling: Promise<unknown> | null = null
  let again = false
  let failed = false
  let asked = 0

  function learn(
    { sessionId, at }: Revocation,
    now: number,
    { measured }: { measured: boolean },
  ): void {
    if (ended.has(sessionId)) return
    forget(now)
    if (measured) lag.add(Math.max(0, now - at))
    if (ended.size < MOST) ended.set(sessionId, now)
    else overfullUntil = now + kept
    for (const listener of listeners) listener(sessionId)
  }

  function forget(now: number): void {
    for (const [sessionId, knownAt] of ended) {
      if (knownAt >= now - kept) return
      ended.delete(sessionId)
    }
  }

  async function poll(now: number, overlap: number): Promise<void> {
    // By a clock that was ahead, the last news says nothing about what came since.
    const since = now < newsAt ? now - kept : Math.max(now - kept, newsAt - overlap)
    // What ended before the first news is no measure of how fast news come.
    const measured = newsAt !== Number.NEGATIVE_INFINITY
    for (const revocation of await store.endedSince(since))
      learn(revocation, settings.now(), { measured })
    forget(now)
    newsAt = now
  }

  function ask(now: number, overlap: number): void {
    // A question that is not answered at all is given up.
    if (closed || (polling !== null && Math.abs(now - triedAt) < STALE)) return
    triedAt = now
    again = false
    const question = answerTo(now, overlap).finally(() => {
      if (polling === question) polling = null
      if (again) ask(settings.now(), MAX_CLOCK_SKEW)
    })
    polling = question
  }

  async function answerTo(now: number, overlap: number): Promise<void> {
    failed = (await orRetry(async () => poll(now, overlap))) !== undefined
  }

  const interval = (): number => (told ? POLL.told : POLL.alone)
  function refresh(now: number): void {
    // Where nothing but asking brings news, the clock of who ended a session may be as far behind as clocks may be.
    if (now < triedAt || now - triedAt >= interval()) ask(now, told ? OVERLAP : MAX_CLOCK_SKEW)
  }

  /** What came before, or while nothing was told, is asked for: by a question that begins now. */
  function catchUp(): void {
    again = true
    ask(settings.now(), MAX_CLOCK_SKEW)
  }

  async function askAbout(sessionId: string): Promise<boolean> {
    asked++
    const row = await store.read(sessionId)
    return row === null || row.end !== null
  }

  // A clock that was set back says nothing about how old the news is.
  const ageAt = (now: number): number =>
    closed || now < newsAt ? Number.POSITIVE_INFINITY : now - newsAt
  const isStale = (now: number): boolean => ageAt(now) >= STALE || now < overfullUntil

  const stop = store.subscribe({
    ended: (revocation) => learn(revocation, settings.now(), { measured: true }),
    connected() {
      told = true
      catchUp()
    },
    disconnected() {
      told = false
      catchUp()
    },
  })

  function isEnded(sessionId: string, issuedAt: number, now: number): Awaitable<boolean> {
    if (ended.has(sessionId)) return true
    const slept = !failed && ageAt(now) >= 2 * interval() && !isStale(now)
    refresh(now)
    // Nobody has asked for a while: this request waits for the answer to its own question.
    if (slept && polling !== null)
      return polling.then(() => isEnded(sessionId, issuedAt, settings.now()))
    // An older token, or one that does not say how old it is, may be of a session whose end is forgotten here: other lifetimes, elsewhere.
    return isStale(now) || !(now - issuedAt <= kept) ? askAbout(sessionId) : false
  }

  return {
    isEnded,
    listen: (listener) => void listeners.push(listener),
    refresh: () => refresh(settings.now()),
    isBehind: () => ageAt(settings.now()) >= STALE,
    metrics() {
      const now = settings.now()
      const age = ageAt(now)
      return {
        lag: lag.read(),
        age: Number.isFinite(age) ? age : null,
        stale: isStale(now),
        pushed: told,
        remembered: ended.size,
        storeReads: asked,
      }
    },
    close() {
      closed = true
      stop()
    },
  }
}
