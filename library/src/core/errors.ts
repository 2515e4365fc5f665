import type { EndedCode } from '../protocol.ts'

/** `challenge` is the `error` attribute of `WWW-Authenticate` (RFC 6750, section 3.1; RFC 9470, section 3). */
interface Row {
  status: number
  message: string
  challenge?: 'invalid_token' | 'insufficient_user_authentication'
}

/** Every refusal there is. `docs/errors.md` lists the same codes, and a test holds the two together. */
export const ERRORS = {
  token_missing: {
    status: 401,
    message: 'No token was sent. Sign in, and send the access token with the request.',
  },
  token_invalid: {
    status: 401,
    message: 'The token was not accepted. Sign in again.',
    challenge: 'invalid_token',
  },
  token_expired: {
    status: 401,
    message: 'The access token has expired. Refresh it and repeat the request.',
    challenge: 'invalid_token',
  },
  token_type_invalid: {
    status: 401,
    message:
      'A token of another kind belongs here: access tokens open routes, refresh tokens only fetch new tokens.',
    challenge: 'invalid_token',
  },
  fresh_required: {
    status: 401,
    message:
      'This needs a recent sign-in with credentials. Sign in again, then repeat the request.',
    challenge: 'insufficient_user_authentication',
  },
  session_signed_out: {
    status: 401,
    message: 'The session was signed out. Sign in again.',
    challenge: 'invalid_token',
  },
  refresh_token_reused: {
    status: 401,
    message:
      'The session was ended because a refresh token that had been replaced was used again: somebody may have copied it. Sign in again.',
    challenge: 'invalid_token',
  },
  session_idle: {
    status: 401,
    message: 'The session was not used for too long and has ended. Sign in again.',
    challenge: 'invalid_token',
  },
  session_expired: {
    status: 401,
    message: 'The session has reached its last day. Sign in again.',
    challenge: 'invalid_token',
  },
  session_unknown: {
    status: 401,
    message: 'There is no such session any more. Sign in again.',
    challenge: 'invalid_token',
  },
  session_mismatch: {
    status: 401,
    message:
      'Somebody has signed in since the request was made, and the cookies are of the new session. Load the page again.',
    challenge: 'invalid_token',
  },
  ticket_invalid: {
    status: 401,
    message:
      'The ticket was not accepted: it opens one request, within 30 seconds. Ask for another one.',
  },
  token_revoked: {
    status: 401,
    message: 'The token has been revoked. Sign in again.',
    challenge: 'invalid_token',
  },
  user_unknown: {
    status: 401,
    message: 'The account of this token is not here any more. Sign in again.',
    challenge: 'invalid_token',
  },
  claims_refused: {
    status: 403,
    message: 'The token is good, but what it says does not open this.',
  },
  credentials_invalid: { status: 401, message: 'The username or the password is not right.' },
  csrf_refused: {
    status: 403,
    message:
      'The request came from another site, or did not say where it came from. Send it from a page of this site.',
  },
  csrf_token_invalid: {
    status: 403,
    message:
      'The request must repeat the CSRF token that came with its cookies. Read it from the cookie for it, and send it in its header.',
  },
  request_invalid: {
    status: 400,
    message: 'The request could not be read. Check its body and its content type.',
  },
  not_found: { status: 404, message: 'There is nothing here by that name.' },
  method_not_allowed: {
    status: 405,
    message: 'This address does not take that method. The header Allow lists those it takes.',
  },
  body_too_large: { status: 413, message: 'The body is too large.' },
  media_type_unsupported: {
    status: 415,
    message: 'Send application/json or application/x-www-form-urlencoded.',
  },
  temporarily_unavailable: {
    status: 503,
    message: 'The service is busy for a moment and nothing was lost. Send the same request again.',
  },
} as const satisfies Record<string, Row> & Record<EndedCode, Row>

export type ErrorCode = keyof typeof ERRORS

/** A refusal is a value: what to answer, and nothing that the request said. */
export interface Refusal {
  ok: false
  code: ErrorCode
  /** HTTP status. */
  status: number
  message: string
  /** What is answered instead of the usual `{ error, message }`. */
  reply?: Reply
}

/** An answer of HTTP, before a framework has it. */
export interface Reply {
  status: number
  headers: ReadonlyArray<readonly [name: string, value: string]>
  /** Sent as JSON; absent for an answer without a body. */
  body?: unknown
}

const REFUSALS = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { status, message }]) => [
    code,
    Object.freeze({ ok: false, code, status, message }),
  ]),
) as Record<ErrorCode, Refusal>

export const refuse = (code: ErrorCode): Refusal => REFUSALS[code]

/**
 * The value of `WWW-Authenticate` for a code (RFC 6750, section 3). No error attribute where no token was sent; nothing but our own words,
 * which need no escape.
 */
export function challengeOf(code: string): string {
  const { challenge, message } = (ERRORS as Record<string, Row | undefined>)[code] ?? {}
  return challenge === undefined
    ? 'Bearer realm="latchkey"'
    : `Bearer realm="latchkey", error="${challenge}", error_description="${message}"`
}
