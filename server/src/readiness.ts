import { randomBytes } from 'node:crypto'
import type { Store } from 'latchkey'
import type { Notes } from './data/data.ts'

export interface Readiness {
  /** Rejects with the error of the database if one of the databases cannot be written to. */
  check(): Promise<void>
  /** True once the server is about to stop. */
  isStopping: boolean
}

interface Databases {
  sessions: Pick<Store, 'claimOnce'>
  notes: Pick<Notes, 'replace'>
}

/** Milliseconds for which the result of a check is used again. */
const REUSE = 1000

/** Whether this server can serve requests. Writes at most once a second, whoever asks. */
export function createReadiness({ sessions, notes }: Databases, now: () => number): Readiness {
  let last: { at: number; result: Promise<void> } | null = null
  const write = async () => {
    const key = `readiness ${randomBytes(8).toString('hex')}`
    await sessions.claimOnce(key, now() + REUSE, now())
    await notes.replace('readiness', String(now()))
  }
  return {
    isStopping: false,
    check() {
      const at = performance.now()
      if (last === null || at - last.at > REUSE) last = { at, result: write() }
      return last.result
    },
  }
}
