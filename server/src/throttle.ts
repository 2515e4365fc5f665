import { createHmac } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

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

/** The delay after the last free failure; each further one doubles it, up to the longest (NIST SP 800-63B-4, section 3.2.2). */
const FIRST_DELAY = SECOND
const LONGEST_DELAY = HOUR

export interface Counter {
  kind: keyof typeof RULES
  of: string
}

export interface Throttle {
  /** Seconds until another attempt is allowed; 0 for now. Of several counters the longest wait. */
  wait(counters: readonly Counter[]): number
  failed(counters: readonly Counter[]): void
  /** A success: the failures before it are forgiven. */
  reset(counter: Counter): void
}

interface Row {
  failures: number
  failed_at: number
  blocked_until: number
}

/** Counts failures in the database, so that neither a restart nor another address gives new tries. Nobody is locked out for good. */
export function createThrottle(connection: DatabaseSync, key: Buffer, now: () => number): Throttle {
  const read = connection.prepare('SELECT failures, failed_at, blocked_until FROM throttle WHERE key = ?')
  const write = connection.prepare('INSERT OR REPLACE INTO throttle VALUES (?, ?, ?, ?)')
  const remove = connection.prepare('DELETE FROM throttle WHERE key = ?')
  const prune = connection.prepare('DELETE FROM throttle WHERE failed_at < ?')
  let prunedAt = now()

  const keyOf = ({ kind, of }: Counter) => createHmac('sha256', key).update(`${kind} ${of}`).digest('base64url')
  const rowOf = (counter: Counter): Row => {
    const row = read.get(keyOf(counter)) as Row | undefined
    const forgotten = row === undefined || now() - row.failed_at >= RULES[counter.kind].forget
    return forgotten ? { failures: 0, failed_at: 0, blocked_until: 0 } : row
  }

  function pruneHourly(): void {
    if (now() - prunedAt < HOUR) return
    prunedAt = now()
    prune.run(prunedAt - Math.max(...Object.values(RULES).map(({ forget }) => forget)))
  }

  return {
    wait(counters) {
      // A clock that was set back must not make anybody wait longer than the longest delay.
      const left = counters.map((counter) => Math.min(rowOf(counter).blocked_until - now(), LONGEST_DELAY))
      return Math.max(0, Math.ceil(Math.max(...left) / SECOND))
    },
    failed(counters) {
      for (const counter of counters) {
        const failures = rowOf(counter).failures + 1
        const at = now()
        write.run(keyOf(counter), failures, at, at + delayAfter(failures, RULES[counter.kind].free))
      }
      pruneHourly()
    },
    reset: (counter) => void remove.run(keyOf(counter)),
  }
}

/** Milliseconds to wait after so many failures in a row. */
function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(FIRST_DELAY * 2 ** (failures - free), LONGEST_DELAY)
}
