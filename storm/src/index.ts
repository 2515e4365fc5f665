export { latchkeyStack, type LatchkeyStackOptions } from './latchkey-stack.ts'
export { STORM_DEFAULTS, type StormOptions } from './options.ts'
export { printScore } from './print.ts'
export { breachesIn, type Score, type TheftScore } from './score.ts'
export {
  isGiven,
  NO_ANSWER,
  type Answer,
  type Asking,
  type Cookies,
  type Happening,
  type MakeStack,
  type Stack,
} from './stack.ts'
export { storm } from './storm.ts'
