/** `npx node examples/storm/latchkey.ts`: runs a storm on Latchkey, and fails on violations. */
import { findViolations, formatScore, latchkeyStack, runStorm } from 'latchkey-storm'
import { memoryStore } from 'latchkey/stores/memory'

const score = await runStorm((now) => latchkeyStack({ stores: [memoryStore()], now }), {
  seed: 7,
  refreshes: 500,
  browsers: 20,
})
console.log(formatScore(score))

const violations = findViolations(score)
if (violations.length > 0) throw new Error(violations.join(', '))
