import type { EndedCode } from '../protocol.ts'

interface ErrorEntry {
  /** HTTP status. */
  status: number
  /** Printable ASCII without quotes and backslashes: it is also sent as `error_description`. */
  message: string
  /** The `error` of `WWW-Authenticate` (RFC 6750, section 3.1; RFC 9470, section 3). */
  challenge?: 'invalid_token' | 'insufficient_user_authentication'
}

/** All refusals by code. `docs/errors.md` lists the same codes; a test compares the two. */
export const ERRORS = {
  token_missing: {
    status: 401,
    message: 'The request has no token. Sign in, and send the access token with the request.',
  },
  token_invalid: {
    status: 401,
    message: 'The token is not valid. Sign in again.',
    challenge: 'invalid_token',
  },
  token_expired: {
    status: 401,
    message: 'The access token has expired. Refresh it and repeat the request.',
    challenge: 'invalid_token',
  },
  token_type_invalid: {
    status: 401,
    message: 'Wrong kind of token: use an access token for routes and a refresh token to refresh.',
    challenge: 'invalid_token',
  },
  fresh_required: {
    status: 401,
    message: 'This request requires a recent sign-in. Sign in again, then repeat the request.',
    challenge: 'insufficient_user_authentication',
  },
  reauthentication_required: {
    status: 401,
    message: 'The last sign-in is too long ago. Sign in again, then repeat the request.',
    challenge: 'insufficient_user_authentication',
  },
  session_signed_out: {
    status: 401,
    message: 'The session was signed out. Sign in again.',
    challenge: 'invalid_token',
  },
  refresh_token_reused: {
    status: 401,
    message: 'An old refresh token was used again, so the session was ended. Sign in again.',
    challenge: 'invalid_token',
  },
  session_idle: {
    status: 401,
    message: 'The session has ended because it was not used for too long. Sign in again.',
    challenge: 'invalid_token',
  },
  session_expired: {
    status: 401,
    message: 'The session has reached its maximum lifetime. Sign in again.',
    challenge: 'invalid_token',
  },
  session_unknown: {
    status: 401,
    message: 'The session does not exist. Sign in again.',
    challenge: 'invalid_token',
  },
  session_mismatch: {
    status: 401,
    message:
      'The cookies belong to another session: another user signed in meanwhile. Reload the page.',
    challenge: 'invalid_token',
  },
  ticket_invalid: {
    status: 401,
    message: 'The ticket is not valid: it works once, within 30 seconds. Request a new one.',
  },
  token_revoked: {
    status: 401,
    message: 'The token has been revoked. Sign in again.',
    challenge: 'invalid_token',
  },
  user_unknown: {
    status: 401,
    message: 'The account of this token no longer exists. Sign in again.',
    challenge: 'invalid_token',
  },
  claims_refused: {
    status: 403,
    message: 'The claims of the token do not permit this request.',
  },
  credentials_invalid: { status: 401, message: 'The username or password is incorrect.' },
  csrf_refused: {
    status: 403,
    message:
      'The request comes from another site, or has no Origin. Send it from a page of this site, ' +
      'or from a program with Sec-Fetch-Site: none.',
  },
  csrf_token_invalid: {
    status: 403,
    message:
      'The CSRF token is missing or wrong. Send the value of the CSRF cookie in the CSRF header.',
  },
  request_invalid: {
    status: 400,
    message: 'The request cannot be parsed. Check its body and its content type.',
  },
  not_found: { status: 404, message: 'The requested resource does not exist.' },
  method_not_allowed: {
    status: 405,
    message: 'This address does not support the method. See the Allow header.',
  },
  body_too_large: { status: 413, message: 'The request body is too large.' },
  media_type_unsupported: {
    status: 415,
    message: 'Send the body as JSON (application/json) or as a form.',
  },
  too_many_attempts: {
    status: 429,
    message: 'Too many attempts. Try again after the time in the header Retry-After.',
  },
  temporarily_unavailable: {
    status: 503,
    message: 'The service is temporarily unavailable. Repeat the request later.',
  },
} as const satisfies Record<string, ErrorEntry> & Record<EndedCode, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** Why a request is refused. It holds nothing that the request sent. */
export interface Refusal {
  ok: false
  code: ErrorCode
  /** HTTP status. */
  status: number
  /** English, for developers. */
  message: string
  /** Seconds until the request may be repeated: `Retry-After` (RFC 9110, section 10.2.3). */
  retryAfter?: number
  /** Seconds since the sign-in that the route accepts: `max_age` (RFC 9470, section 3). */
  maxAge?: number
  /** The application's own response, in place of `{ error, message }`; see the option `answers`. */
  reply?: Reply
}

/** An HTTP response in the form that every adapter can send. */
export interface Reply {
  status: number
  headers: ReadonlyArray<readonly [name: string, value: string]>
  /** Sent as JSON. Absent from a response without a body. */
  body?: unknown
}

const REFUSALS = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { status, message }]) => [
    code,
    Object.freeze({ ok: false, code, status, message }),
  ]),
) as Record<ErrorCode, Refusal>

/** The refusal with this code: always the same frozen object. */
export const refuse = (code: ErrorCode): Refusal => REFUSALS[code]

/**
 * The value of `WWW-Authenticate` for a code (RFC 6750, section 3), with `max_age` in seconds if it
 * is given (RFC 9470, section 3). If no token was sent, it has no `error`. The messages need no
 * escaping, see `ErrorEntry`.
 */
export function challengeOf(code: string, maxAge?: number): string {
  const { challenge, message } = (ERRORS as Record<string, ErrorEntry | undefined>)[code] ?? {}
  if (challenge === undefined) return 'Bearer realm="latchkey"'
  const age = maxAge === undefined ? '' : `, max_age="${maxAge}"`
  return `Bearer realm="latchkey", error="${challenge}", error_description="${message}"${age}`
}
