import { randomBytes } from 'node:crypto'
import { errorFacts } from './log.ts'
import type { Processes } from './data/data.ts'
import type { Services } from './services.ts'

/** Milliseconds between two reports. */
const INTERVAL = 30_000

export interface ProcessReports {
  /** Resolves when the last report is stored. */
  stop(): Promise<void>
}

/** Tells the database regularly that this process runs, and with which keys. */
export function reportProcess(
  processes: Processes,
  { auth, log, now }: Pick<Services, 'auth' | 'log' | 'now'>,
): ProcessReports {
  const id = randomBytes(8).toString('hex')
  const keyIds = auth.jwks().keys.map(({ kid }) => kid)
  const startedAt = now()
  const report = async (hasStopped: boolean) => {
    try {
      await processes.report({ id, startedAt, seenAt: now(), hasStopped, keyIds })
    } catch (error) {
      log('error', 'database-failed', errorFacts(error))
    }
  }
  const first = report(false)
  const timer = setInterval(() => void report(false), INTERVAL).unref()
  return {
    async stop() {
      clearInterval(timer)
      await first
      await report(true)
    },
  }
}
