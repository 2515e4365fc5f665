import type { ErrorCode, Refusal } from '../core/errors.ts'
import type { FlaskSettings } from './config.ts'

/** What is wrong, in the words of Flask-JWT-Extended. */
export interface Fault {
  kind: keyof typeof KINDS
  message: string
}

/** Each fault: our code for programs, and the status that Flask-JWT-Extended answers. */
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
  unavailable: ['temporarily_unavailable', 503],
} as const satisfies Record<string, readonly [ErrorCode, number]>

/** What a refusal by the application's callbacks is here. */
const BY_CODE: Partial<Record<ErrorCode, keyof typeof KINDS>> = {
  token_revoked: 'revoked',
  claims_refused: 'claims',
  user_unknown: 'user',
  temporarily_unavailable: 'unavailable',
}
const MESSAGES = {
  token_revoked: 'Token has been revoked',
  claims_refused: 'User claims verification failed',
} as Partial<Record<ErrorCode, string>>

/** A fault as a refusal that is answered as Flask-JWT-Extended answers it: a status and one message, and no other header. */
export function refuseFault(
  { JWT_ERROR_MESSAGE_KEY: key }: FlaskSettings,
  { kind, message }: Fault,
): Refusal {
  const [code, status] = KINDS[kind]
  const headers = kind === 'unavailable' ? [['Retry-After', '1'] as const] : []
  return { ok: false, code, status, message, reply: { status, headers, body: { [key]: message } } }
}

/** A refusal by a callback, in these words. */
export function translate(
  config: FlaskSettings,
  { code, message }: Refusal,
  identity: string,
): Refusal {
  const words =
    code === 'user_unknown' ? `Error loading the user ${identity}` : (MESSAGES[code] ?? message)
  return refuseFault(config, { kind: BY_CODE[code] ?? 'unavailable', message: words })
}
