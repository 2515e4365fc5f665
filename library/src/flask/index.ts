import type { Dialect } from '../http/auth-types.ts'
import { createFlaskAuth, type FlaskTokenOptions } from './auth.ts'
import { readConfig, type FlaskConfig } from './config.ts'

export type { Dialect } from '../http/auth-types.ts'
export type { CookieScope } from '../core/options/cookies.ts'
export type { FlaskTokenOptions } from './auth.ts'
export type { FlaskConfig, FlaskKey, OneOrMany } from './config.ts'
export type { Delta, Span } from './timedelta.ts'

/**
 * Options for `createAuth` that make it behave like Flask-JWT-Extended 4.7 with this configuration:
 * the same tokens, statuses, messages and cookies. Callbacks are passed in addition, as in
 * `createAuth({ ...fromFlask({ JWT_SECRET_KEY }), isRevoked, lookupUser })`. Throws a `TypeError`
 * for an unknown option or an invalid value.
 */
export function fromFlask(config: FlaskConfig): { dialect: Dialect<FlaskTokenOptions> } {
  const settings = readConfig(config)
  return { dialect: (options) => createFlaskAuth(settings, options) }
}
