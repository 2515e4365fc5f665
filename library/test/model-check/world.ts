import type { Attempts } from '../../src/client/internal/attempts.ts'

/**
 * One session as the search sees it: the row, one person's browser, the exchanges under way, and
 * perhaps a thief. Time is counted in ticks of ten seconds, and only as ages that stop growing when
 * they no longer matter.
 */
export interface World {
  row: Row
  /** What the row was before its last writes, the latest first: the store may fall back to it. */
  previousRows: Row[]
  browser: Browser
  exchanges: Exchange[]
  thief: Thief | null
  /** How often the browser may still crash, and the store lose its last writes. */
  crashes: number
  losses: number
  /** Attempts made so far: the next one's name. */
  attemptCount: number
}

export interface Row {
  generation: number
  attempt: string | null
  used: boolean
  age: number
  ended: boolean
}

export interface Browser {
  /** The generation of the refresh token in the cookie jar. */
  jar: number
  /** What the jar held before, and how long ago that was replaced: the disk may still hold it. */
  disk: Array<{ generation: number; age: number }>
  /** In IndexedDB, on disk at once, shared by the tabs; null for a client without attempts. */
  record: Attempts | null
}

/**
 * One refresh: begun by a page, under way, read by a server, on its way back, in the browser but
 * not yet noted by the page.
 */
export interface Exchange {
  by: 'owner' | 'thief'
  stage: 'page' | 'way' | 'server' | 'back' | 'browser'
  /**
   * The page that sent it is gone, or it is the copy that a browser sent again: its answer goes
   * nowhere.
   */
  orphaned: boolean
  /** Since it was begun. */
  age: number
  presented: number
  attempt: string | null
  previous: string | null
  /** What the record said then. */
  recordedGeneration: number
  /** What the server has decided to write, and how long ago. */
  plannedWrite: { do: 'rotate' | 'extend' | 'end'; from: number; to: number; age: number } | null
  /** The generation that the answer hands out. */
  response: number
}

export interface Thief {
  /** The refresh token that was copied, and the newest one that he holds. */
  copiedToken: number
  newestToken: number
  /** The attempts that were on the disk he copied. */
  copiedAttempts: string[]
  /**
   * Who was left behind when the two parted: the last rotation was under an attempt that this one
   * does not hold.
   */
  leftBehind: 'owner' | 'thief' | null
  /** Rotations that the owner made under an attempt that was copied. */
  ownerUsedCopied: number
  /**
   * How many attempts the owner's client has noted as done since the copy, as far as they are
   * counted.
   */
  settledSinceCopy: number
  /** Later still, a rotation was made under an attempt that was copied. */
  copiedStillUsed: boolean
}

/**
 * After so many no attempt that was copied is of use: one was under way, and one was the last that
 * was done.
 */
export const ATTEMPTS_UNTIL_STALE = 2

export const TICK_MS = 10_000
/** In ticks: how long the server hands a generation out again. */
export const GRACE_TICKS = 3
/**
 * How far the browser's disk may lag: Chromium writes cookies every thirty seconds, and that takes
 * a while.
 */
export const DISK_LAG_TICKS = 4
/**
 * The longest that an exchange takes from its beginning to its answer: then the client gives up.
 * Twice that must be less than the grace.
 */
export const MAX_EXCHANGE_TICKS = 1

export function initialWorld({ crashes = 0, losses = 0, attempts = true }): World {
  return {
    row: { generation: 0, attempt: null, used: false, age: 0, ended: false },
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
 * A world to change without changing this one. Rows, records and what lies on disk are replaced,
 * never changed in place.
 */
export const copyWorld = (world: World): World => ({
  ...world,
  browser: { ...world.browser },
  exchanges: world.exchanges.map((exchange) => ({ ...exchange })),
  thief: world.thief && { ...world.thief },
})

/**
 * Ten seconds pass. What takes too long is given up, by both ends. `sleeps`: a page that has not
 * sent its request may do so at any time.
 */
export function advanceTime(world: World, longest = MAX_EXCHANGE_TICKS, sleeps = false): void {
  const older = (row: Row): Row => ({ ...row, age: Math.min(row.age + 1, GRACE_TICKS) })
  world.row = older(world.row)
  world.previousRows = world.previousRows.map(older)
  world.browser.disk = world.browser.disk
    .map(({ generation, age }) => ({ generation, age: age + 1 }))
    .filter(({ age }) => age <= DISK_LAG_TICKS)
  for (const exchange of world.exchanges) {
    // A page that is frozen may note its answer whenever it wakes.
    if (exchange.stage === 'browser' || (sleeps && exchange.stage === 'page')) continue
    exchange.age++
    if (exchange.plannedWrite)
      exchange.plannedWrite = { ...exchange.plannedWrite, age: exchange.plannedWrite.age + 1 }
  }
  world.exchanges = world.exchanges.filter(({ age }) => age <= longest)
}
