import { mkdtempSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../../server/dist/cli/config.js'
import { start as startServer } from '../../../server/dist/cli/main.js'

const SESSIONS = 2000
const delay = monitorEventLoopDelay({ resolution: 10 })
const tokens: string[] = []

export const commands = {
  tokens: (): string[] => tokens,
  /** The 99th percentile of the event loop's delay since the last call, in milliseconds. */
  delay(): number {
    const p99 = delay.percentile(99) / 1e6
    delay.reset()
    return p99
  },
}

/** Starts the server as `npm start` does, with 2000 sessions. */
export async function start(): Promise<number> {
  const result = readConfig({
    env: {
      PORT: '0',
      LATCHKEY_DATA: mkdtempSync(join(tmpdir(), 'latchkey-bench-')),
      LATCHKEY_GRACE: '1',
    },
  })
  if (!result.ok) throw new Error(result.message)
  const { port, services } = await startServer(result.config, { out() {}, err() {} })
  for (let made = 0; made < SESSIONS; made++)
    tokens.push((await services.auth.signIn(`person ${made}`)).refreshToken)
  delay.enable()
  return port
}
