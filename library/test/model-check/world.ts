import type { Attempts } from '../../src/client/internal/refresh-attempts.ts'

/**
 * One session as the search sees it: the row in the store, the owner's browser, the exchanges in
 * progress, and perhaps a thief. Time is counted in ticks of ten seconds, and only as ages that
 * stop growing once they no longer matter; so the number of worlds is finite.
 */
export interface World {
  row: Row
  /** Earlier states of the row, the latest first: the store may fall back to one of them. */
  previousRows: Row[]
  browser: Browser
  exchanges: Exchange[]
  thief: Thief | null
  /** How often the browser may still crash, and the store may still lose its last writes. */
  crashes: number
  losses: number
  /** The number of attempts made so far; the next attempt is named after it. */
  attemptCount: number
}

export interface Row {
  generation: number
  attempt: string | null
  used: boolean
  /** Ticks since the generation was last issued; at most `GRACE_TICKS`. */
  age: number
  ended: boolean
}

export interface Browser {
  /** The generation of the refresh token in the cookie jar. */
  jar: number
  /** Earlier contents of the jar, and the ticks since: the disk may still have them. */
  disk: Array<{ generation: number; age: number }>
  /**
   * The client's record in IndexedDB, shared by the tabs and written to disk at once; null for a
   * client without attempts.
   */
  record: Attempts | null
}

/** One refresh: request and response. */
export interface Exchange {
  by: 'owner' | 'thief'
  /**
   * `page`: the page has recorded its attempt, but the request is not sent. `way`: the request is
   * sent. `server`: a server has read the row and decided. `back`: the response is sent. `browser`:
   * the cookie is set, but the page has not recorded the response.
   */
  stage: 'page' | 'way' | 'server' | 'back' | 'browser'
  /** A server that renders a page renews, or a client that sends no attempt. Else a client. */
  kind: 'client' | 'plain' | 'render'
  /** Nothing waits for the response: its page is gone, or the browser sent the request twice. */
  orphaned: boolean
  /** Ticks since the beginning. */
  age: number
  /** The generation of the refresh token that is presented. */
  presented: number
  attempt: string | null
  previous: string | null
  /** The generation in the client's record at the beginning. */
  recordedGeneration: number
  /** What the server has decided to write, and the ticks since it read the clock. */
  plannedWrite: PlannedWrite | null
  /** The generation in the response. */
  response: number
}

interface PlannedWrite {
  do: 'rotate' | 'extend' | 'end'
  from: number
  to: number
  age: number
  /** The presented token was ahead of the row, which may have been issued at any time. */
  recovered: boolean
}

export interface Thief {
  /** The generation of the copied refresh token, and of the newest one that the thief has. */
  copiedToken: number
  newestToken: number
  /** The attempts in the copied record. */
  copiedAttempts: string[]
  /**
   * Owner and thief part when one of them rotates under an attempt that the other does not have.
   * The other one is left behind.
   */
  leftBehind: 'owner' | 'thief' | null
  /** How many rotations the owner has made under a copied attempt. */
  ownerUsedCopied: number
  /**
   * How many attempts the owner's client has completed since the copy, at most
   * `ATTEMPTS_UNTIL_STALE`.
   */
  settledSinceCopy: number
  /** After that many, a rotation was still made under a copied attempt. */
  copiedStillUsed: boolean
}

/**
 * After the owner has completed so many attempts, no copied attempt is of use: one was pending at
 * the time of the copy, the other one was the last that was completed.
 */
export const ATTEMPTS_UNTIL_STALE = 2

export const TICK_MS = 10_000
/** The grace of the server. */
export const GRACE_TICKS = 3
/**
 * How old the browser's disk may be. Chromium writes cookies every thirty seconds, with a delay.
 */
export const DISK_LAG_TICKS = 4
/**
 * The longest exchange; then the client gives up. Two of them must be shorter than the grace.
 */
export const MAX_EXCHANGE_TICKS = 1
/** Ages of late requests stop growing here. */
const LATEST_TICKS = GRACE_TICKS + 1

export function initialWorld({
  crashes = 0,
  losses = 0,
  attempts = true,
  signsInUnderAttempt = false,
}): World {
  return {
    row: {
      generation: 0,
      attempt: signsInUnderAttempt ? 'sign-in' : null,
      used: false,
      age: 0,
      ended: false,
    },
    previousRows: [],
    browser: {
      jar: 0,
      disk: [],
      record: attempts ? { generation: 0, pending: null, previous: null } : null,
    },
    exchanges: [],
    thief: null,
    crashes,
    losses,
    attemptCount: 0,
  }
}

/**
 * A copy that can be changed. Rows, records and disk contents are shared: replace them as a whole.
 */
export const copyWorld = (world: World): World => ({
  ...world,
  browser: { ...world.browser },
  exchanges: world.exchanges.map((exchange) => ({ ...exchange })),
  thief: world.thief && { ...world.thief },
})

/**
 * Lets ten seconds pass. Exchanges that take too long are given up, by client and server. With
 * `pagesSleep`, a page that has not sent its request may do so at any later time. With
 * `serversSleep`, a server may read or write for a request at any later time.
 */
export function advanceTime(
  world: World,
  { maxExchangeTicks = MAX_EXCHANGE_TICKS, pagesSleep = false, serversSleep = false },
): void {
  const older = (row: Row): Row => ({ ...row, age: Math.min(row.age + 1, GRACE_TICKS) })
  world.row = older(world.row)
  world.previousRows = world.previousRows.map(older)
  world.browser.disk = world.browser.disk
    .map(({ generation, age }) => ({ generation, age: age + 1 }))
    .filter(({ age }) => age <= DISK_LAG_TICKS)
  for (const exchange of world.exchanges) {
    // A frozen page may record its response at any time after it wakes up.
    if (exchange.stage === 'browser' || (pagesSleep && exchange.stage === 'page')) continue
    exchange.age = Math.min(exchange.age + 1, LATEST_TICKS)
    const write = exchange.plannedWrite
    if (write) exchange.plannedWrite = { ...write, age: Math.min(write.age + 1, LATEST_TICKS) }
    // The client has given up, but the request may still be decided.
    if (serversSleep && exchange.age > maxExchangeTicks) exchange.orphaned = true
  }
  world.exchanges = world.exchanges.filter(
    ({ age, stage }) =>
      age <= maxExchangeTicks || (serversSleep && (stage === 'way' || stage === 'server')),
  )
}
