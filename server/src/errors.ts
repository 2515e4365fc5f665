import { ERRORS, type ErrorCode } from 'latchkey'
import type { MessageValues } from './shared/locales/index.ts'

interface Row {
  status: number
  message: string | ((values: MessageValues) => string)
}

/**
 * The error codes of the server; `ERRORS` has those of the library. `docs/errors.md` lists the same
 * codes, and a test compares them.
 */
export const SERVER_ERRORS = {
  current_password_invalid: { status: 403, message: 'The current password is wrong.' },
  registration_closed: {
    status: 403,
    message: 'New accounts cannot be created here.',
  },
  invitation_invalid: {
    status: 403,
    message: 'A new account needs an invitation. This one has expired, was used, or is not valid.',
  },
  username_taken: { status: 409, message: 'This username is taken. Choose another.' },
  username_invalid: {
    status: 422,
    message:
      'A username has 1 to 64 visible characters and no space at either end. Choose another.',
  },
  username_mixed: {
    status: 422,
    message: 'A username has letters of one script only. Choose another.',
  },
  username_reserved: {
    status: 422,
    message: 'This username is reserved for the operator of this service. Choose another.',
  },
  password_too_short: {
    status: 422,
    message: ({ min }) => `The password is too short. Use at least ${min} characters.`,
  },
  password_too_long: {
    status: 422,
    message: ({ max }) => `The password is too long. Use at most ${max} characters.`,
  },
  password_unchanged: {
    status: 422,
    message: 'The new password is the same as the current one. Choose another.',
  },
  password_common: {
    status: 422,
    message:
      'This password is one of those that attackers try first: a common password or word, ' +
      'perhaps repeated or with a few digits, or a row of keys. Choose another.',
  },
  password_personal: {
    status: 422,
    message:
      'This password is little more than your username or the name of this service. Choose another.',
  },
  // The two codes that RFC 6749, section 5.2, gives to clients of OAuth endpoints.
  invalid_client: {
    status: 401,
    message: 'The client is unknown, or its secret is wrong.',
  },
  invalid_request: {
    status: 400,
    message: 'The request must be a form with exactly one "token".',
  },
  too_many_streams: {
    status: 429,
    message: 'Too many event streams are open. Close one, or try again later.',
  },
  internal_error: {
    status: 500,
    message: 'An unexpected error occurred and has been logged. Try again later.',
  },
} as const satisfies Record<string, Row>

export type ServerCode = keyof typeof SERVER_ERRORS

/** A refusal, with what the response needs. Contains no data from the request. */
export interface Problem {
  code: ErrorCode | ServerCode
  /** HTTP status. */
  status: number
  message: string
  /** The numbers in the message. */
  values?: MessageValues
  /** Seconds until the next attempt is allowed, for `Retry-After`. */
  retryAfter?: number
}

const TABLE: Record<string, Row> = { ...ERRORS, ...SERVER_ERRORS }

/** Returns the refusal with a code. `values` are the numbers in its message. */
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

/** Returns the refusal of a body with a missing or invalid member. `field` names it. */
export function fieldProblem(field: string, requirement: string): Problem {
  return { ...problem('request_invalid'), message: `"${field}" must be ${requirement}.` }
}
