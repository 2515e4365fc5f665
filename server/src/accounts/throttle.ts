import { createHmac } from 'node:crypto'
import type { Awaitable } from '../awaitable.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

export interface Rule {
  /** The number of the first failure that causes a delay. */
  free: number
  /** Milliseconds without a failure after which the counter starts again at 0. */
  forgetAfter: number
}

/** What failures are counted by. */
const RULES = {
  /** One username, whether or not an account has it. */
  account: { free: 5, forgetAfter: 24 * HOUR },
  /** One account from a known device. Failures elsewhere do not count here. */
  device: { free: 5, forgetAfter: 24 * HOUR },
  /** The password form of one account, by a user who is signed in. */
  password: { free: 5, forgetAfter: 24 * HOUR },
  /** One address, over all usernames. Many people may share it, so more failures are free. */
  address: { free: 20, forgetAfter: HOUR },
  /** Registrations from one address with a username that was taken. */
  registration: { free: 20, forgetAfter: HOUR },
} as const satisfies Record<string, Rule>

const LONGEST_RULE = Math.max(...Object.values(RULES).map(({ forgetAfter }) => forgetAfter))

/**
 * Milliseconds. The first delay, which each further failure doubles up to the maximum (NIST
 * SP 800-63B-4, section 3.2.2). No account is ever locked permanently.
 */
export const DELAYS = { first: SECOND, max: HOUR }

/** One counter: its rule, and whose failures it counts. */
export interface Subject {
  kind: keyof typeof RULES
  id: string
}

export interface Throttle {
  /**
   * Returns the seconds until the next attempt is allowed, the longest of all subjects; 0 for now.
   */
  secondsToWait(subjects: readonly Subject[]): Promise<number>
  recordFailure(subjects: readonly Subject[]): Promise<void>
  /** Sets the counter to 0. Called after a success. */
  reset(subject: Subject): Promise<void>
}

/** Instants are milliseconds since 1970. */
export interface Counter {
  failures: number
  failedAt: number
  blockedUntil: number
}

/** The table of counters. All processes that serve the same accounts must share it. */
export interface Counters {
  read(key: string): Awaitable<Counter | null>
  /** Increments the counter and sets `blockedUntil` by `delayAfter`, atomically. */
  fail(key: string, at: number, rule: Rule): Awaitable<void>
  remove(key: string): Awaitable<void>
  /** Deletes counters whose last failure was before this instant. */
  prune(before: number): Awaitable<void>
}

export function createThrottle(counters: Counters, hmacKey: Buffer, now: () => number): Throttle {
  let prunedAt = now()

  /** An HMAC, because a user may type a password in place of the username. */
  const keyOf = ({ kind, id }: Subject) =>
    createHmac('sha256', hmacKey).update(`${kind} ${id}`).digest('base64url')

  async function blockedUntil(subject: Subject): Promise<number> {
    const counter = await counters.read(keyOf(subject))
    return activeCounter(counter, now(), RULES[subject.kind])?.blockedUntil ?? 0
  }

  async function pruneHourly(): Promise<void> {
    if (now() - prunedAt < HOUR) return
    prunedAt = now()
    await counters.prune(prunedAt - LONGEST_RULE)
  }

  return {
    async secondsToWait(subjects) {
      const ends = await Promise.all(subjects.map(blockedUntil))
      // If the clock was set back, the wait must still not exceed the maximum.
      const left = ends.map((end) => Math.min(end - now(), DELAYS.max))
      return Math.max(0, Math.ceil(Math.max(...left) / SECOND))
    },
    async recordFailure(subjects) {
      for (const subject of subjects)
        await counters.fail(keyOf(subject), now(), RULES[subject.kind])
      await pruneHourly()
    },
    reset: async (subject) => counters.remove(keyOf(subject)),
  }
}

/** Returns the counter, or null if there was no failure for long enough to forget it. */
export const activeCounter = (
  counter: Counter | null,
  at: number,
  { forgetAfter }: Rule,
): Counter | null => (counter === null || at - counter.failedAt >= forgetAfter ? null : counter)

/** Returns the milliseconds to wait after a number of failures in a row. */
export function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(DELAYS.first * 2 ** (failures - free), DELAYS.max)
}
