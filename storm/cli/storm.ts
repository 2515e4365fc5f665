/** `npm run storm -- --help` */
import {
  findViolations,
  formatScore,
  latchkeyStack,
  runStorm,
  type Score,
  type StormOptions,
} from 'latchkey-storm'
import { STORE_LAUNCHERS } from './launch-stores.ts'
import { readCommand } from './options.ts'
import { startProcessStack } from './process-stack.ts'

const { stores, servers, options } = readCommand()
const { pace } = options
let passed = true
if (pace) passed = await runOnProcesses(pace)
else for (const store of stores) passed = (await runOnStore(store)) && passed
process.exit(passed ? 0 : 1)

/**
 * Runs in virtual time. Returns true if the stack passed, or if the database is not installed.
 */
async function runOnStore(store: string): Promise<boolean> {
  const launcher = STORE_LAUNCHERS[store]!
  const launched = await launcher.launch(servers)
  if (launched === null) return true
  const storeOptions = { ...options, tick: options.tick ?? launcher.tick }
  try {
    const score = await runStorm(
      (now) => latchkeyStack({ name: `Latchkey on ${store}`, stores: launched.stores, now }),
      storeOptions,
    )
    return report(score, storeOptions)
  } finally {
    await launched.close()
  }
}

/** Runs in real time, on processes that are killed. */
async function runOnProcesses(pace: number): Promise<boolean> {
  const { stack, close } = await startProcessStack(servers, pace)
  try {
    return report(await runStorm(() => stack, options), options)
  } finally {
    close()
  }
}

function report(score: Score, options: Partial<StormOptions>): boolean {
  console.log(formatScore(score))
  const violations = findViolations(score, options)
  console.log(violations.length === 0 ? '  passed\n' : `  FAILED: ${violations.join(', ')}\n`)
  return violations.length === 0
}
