import { ERRORS, type ErrorCode } from 'latchkey'
import type { MessageValues } from './shared/locales/index.ts'

interface Row {
  status: number
  message: string | ((values: MessageValues) => string)
}

/** The server's own refusals; the others are the library's. */
export const SERVER_ERRORS = {
  current_password_wrong: { status: 403, message: 'The current password is not right.' },
  username_taken: { status: 409, message: 'Somebody has this username already. Choose another.' },
  username_invalid: {
    status: 422,
    message:
      'A username has 1 to 64 characters that can be seen, and no space at either end. Choose another.',
  },
  password_too_short: {
    status: 422,
    message: ({ min }) => `The password is too short: use at least ${min} characters.`,
  },
  password_too_long: {
    status: 422,
    message: ({ max }) => `The password is too long: use at most ${max} characters.`,
  },
  password_common: {
    status: 422,
    message: 'This password would be among the first to be guessed. Choose another.',
  },
  too_many_attempts: {
    status: 429,
    message: ({ seconds }) =>
      `There were too many failed attempts. Try again in ${seconds} seconds.`,
  },
  too_many_streams: {
    status: 429,
    message: 'Too many event streams are open. Close one, or try again later.',
  },
  internal: {
    status: 500,
    message: 'Something broke on our side, and it has been noted. Try again in a moment.',
  },
} as const satisfies Record<string, Row>

export type ServerCode = keyof typeof SERVER_ERRORS

/** A refusal with what an answer needs. Nothing in it was said by the request. */
export interface Problem {
  code: ErrorCode | ServerCode
  /** HTTP status. */
  status: number
  message: string
  /** Numbers that the message names. */
  values?: MessageValues
  /** Seconds until another try is welcome, for `Retry-After`. */
  retryAfter?: number
}

const TABLE: Record<string, Row> = { ...ERRORS, ...SERVER_ERRORS }

/** The refusal by a code. `values` are what its message names. */
export function problem(code: ErrorCode | ServerCode, values: MessageValues = {}): Problem {
  const { status, message } = TABLE[code]!
  const { seconds } = values
  return {
    code,
    status,
    message: typeof message === 'string' ? message : message(values),
    ...(Object.keys(values).length > 0 && { values }),
    ...(seconds !== undefined && { retryAfter: seconds }),
  }
}

/** A member of a body that is missing or not what it must be; `field` is one of our own names. */
export function fieldProblem(field: string, must: string): Problem {
  return { ...problem('request_invalid'), message: `"${field}" must be ${must}.` }
}
