export { formatScore } from './format-score.ts'
export { latchkeyStack, type LatchkeyStackOptions } from './latchkey-stack.ts'
export { STORM_DEFAULTS, type StormOptions } from './options.ts'
export { findViolations, type Score, type TheftScore } from './score.ts'
export {
  isSuccess,
  NO_RESPONSE,
  type Cookies,
  type Fault,
  type MakeStack,
  type Stack,
  type StackRequest,
  type StackResponse,
} from './sign-in-stack.ts'
export { runStorm } from './storm.ts'
export type { TheftKind } from './theft.ts'
