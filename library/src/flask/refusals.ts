import type { ErrorCode, Refusal } from '../core/errors.ts'
import type { FlaskSettings } from './config.ts'

/** An error with the message of Flask-JWT-Extended. */
export interface Fault {
  kind: keyof typeof KINDS
  message: string
}

/** Latchkey's code for each kind, and the status of Flask-JWT-Extended. */
const KINDS = {
  missing: ['token_missing', 401],
  csrf: ['csrf_token_invalid', 401],
  invalid: ['token_invalid', 422],
  type: ['token_type_invalid', 422],
  expired: ['token_expired', 401],
  fresh: ['fresh_required', 401],
  revoked: ['token_revoked', 401],
  claims: ['claims_refused', 400],
  user: ['user_unknown', 401],
  large: ['body_too_large', 413],
  unsearched: ['body_too_large', 413],
  unavailable: ['temporarily_unavailable', 503],
} as const satisfies Record<string, readonly [ErrorCode, number]>

/** The kinds of refusals by the application's callbacks. */
const KINDS_BY_CODE: Partial<Record<ErrorCode, keyof typeof KINDS>> = {
  token_revoked: 'revoked',
  claims_refused: 'claims',
  user_unknown: 'user',
  temporarily_unavailable: 'unavailable',
}
const MESSAGES = {
  token_revoked: 'Token has been revoked',
  claims_refused: 'User claims verification failed',
} as Partial<Record<ErrorCode, string>>

/**
 * A refusal whose reply equals that of Flask-JWT-Extended: a status and a message, and no header
 * such as `WWW-Authenticate`.
 */
export function refuseWith(
  { JWT_ERROR_MESSAGE_KEY: key }: FlaskSettings,
  { kind, message }: Fault,
): Refusal {
  const [code, status] = KINDS[kind]
  const headers = kind === 'unavailable' ? [['Retry-After', '1'] as const] : []
  return { ok: false, code, status, message, reply: { status, headers, body: { [key]: message } } }
}

/**
 * A refusal by a callback, with the message of Flask-JWT-Extended. `identity` is quoted in one of
 * them.
 */
export function translateRefusal(
  config: FlaskSettings,
  { code, message }: Refusal,
  identity: string,
): Refusal {
  const flaskMessage =
    code === 'user_unknown' ? `Error loading the user ${identity}` : (MESSAGES[code] ?? message)
  return refuseWith(config, { kind: KINDS_BY_CODE[code] ?? 'unavailable', message: flaskMessage })
}
