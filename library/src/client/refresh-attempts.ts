/**
 * What a client other than `latchkey/client` needs to send attempts: a record to store before each
 * refresh, and the header `Refresh-Attempt`.
 */
export {
  attemptHeader,
  newAttempt,
  withAttempt,
  withResponse,
  type Attempts,
  type RandomSource,
} from './internal/refresh-attempts.ts'
