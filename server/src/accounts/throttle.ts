import { createHmac } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Awaitable } from './users.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND

/** What is counted by: whose failures, how many are free, and after how long a quiet counter is forgotten. Milliseconds. */
const RULES = {
  /** One name, whether or not anybody has it. */
  account: { free: 5, forget: 24 * HOUR },
  /** One account from a device that has signed in to it before: nobody else can use this counter up. */
  device: { free: 5, forget: 24 * HOUR },
  /** The password form of one account, by somebody who is signed in to it. */
  password: { free: 5, forget: 24 * HOUR },
  /** One address, over all names. Many people may share it, so more is free. */
  address: { free: 20, forget: HOUR },
  /** Names that one address found taken. */
  registration: { free: 20, forget: HOUR },
} as const

/**
 * The delay after the last free failure, and the longest; each further failure doubles it (NIST SP 800-63B-4, section 3.2.2).
 */
export const DELAYS = { first: SECOND, longest: HOUR }

export interface Counter {
  kind: keyof typeof RULES
  of: string
}

export interface Throttle {
  /** Seconds until another attempt is allowed; 0 for now. Of several counters the longest wait. */
  wait(counters: readonly Counter[]): Promise<number>
  failed(counters: readonly Counter[]): Promise<void>
  /** A success: the failures before it are forgiven. */
  reset(counter: Counter): Promise<void>
}

export interface CounterRow {
  failures: number
  failed_at: number
  blocked_until: number
}

export interface Rule {
  /** Failures that cost nothing. */
  free: number
  /** After how long a quiet counter is forgotten, in milliseconds. */
  forget: number
}

/** Where failures are counted. Every process that works on the same accounts must count in the same place. */
export interface Counters {
  read(key: string): Awaitable<CounterRow | null>
  /** Counts one more, after which attempts are refused for as long as `delayAfter` says. In one step. */
  fail(key: string, at: number, rule: Rule): Awaitable<void>
  remove(key: string): Awaitable<void>
  prune(before: number): Awaitable<void>
}

/** In the database, so that neither a restart nor another address gives new tries. */
export function sqliteCounters(connection: DatabaseSync): Counters {
  const read = connection.prepare(
    'SELECT failures, failed_at, blocked_until FROM throttle WHERE key = ?',
  )
  const write = connection.prepare('INSERT OR REPLACE INTO throttle VALUES (?, ?, ?, ?)')
  const remove = connection.prepare('DELETE FROM throttle WHERE key = ?')
  const prune = connection.prepare('DELETE FROM throttle WHERE failed_at < ?')
  const rowOf = (key: string) => (read.get(key) as CounterRow | undefined) ?? null
  return {
    read: rowOf,
    fail(key, at, rule) {
      const failures = (known(rowOf(key), at, rule)?.failures ?? 0) + 1
      write.run(key, failures, at, at + delayAfter(failures, rule.free))
    },
    remove: (key) => void remove.run(key),
    prune: (before) => void prune.run(before),
  }
}

/** A counter that was quiet for long enough is forgotten. */
const known = (row: CounterRow | null, at: number, { forget }: Rule): CounterRow | null =>
  row === null || at - row.failed_at >= forget ? null : row

/** Counts failures. Nobody is locked out for good. */
export function createThrottle(counters: Counters, key: Buffer, now: () => number): Throttle {
  let prunedAt = now()

  const keyOf = ({ kind, of }: Counter) =>
    createHmac('sha256', key).update(`${kind} ${of}`).digest('base64url')
  const blockedUntil = async (counter: Counter) =>
    known(await counters.read(keyOf(counter)), now(), RULES[counter.kind])?.blocked_until ?? 0

  async function pruneHourly(): Promise<void> {
    if (now() - prunedAt < HOUR) return
    prunedAt = now()
    await counters.prune(prunedAt - Math.max(...Object.values(RULES).map(({ forget }) => forget)))
  }

  return {
    async wait(all) {
      const ends = await Promise.all(all.map(blockedUntil))
      // A clock that was set back must not make anybody wait longer than the longest delay.
      const left = ends.map((end) => Math.min(end - now(), DELAYS.longest))
      return Math.max(0, Math.ceil(Math.max(...left) / SECOND))
    },
    async failed(all) {
      for (const counter of all) await counters.fail(keyOf(counter), now(), RULES[counter.kind])
      await pruneHourly()
    },
    reset: async (counter) => counters.remove(keyOf(counter)),
  }
}

/** Milliseconds to wait after so many failures in a row. */
function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(DELAYS.first * 2 ** (failures - free), DELAYS.longest)
}
