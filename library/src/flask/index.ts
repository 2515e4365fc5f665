import type { Dialect } from '../http/auth-types.ts'
import { createFlaskAuth, type FlaskTokenOptions } from './auth.ts'
import { readConfig, type FlaskConfig } from './config.ts'

export type { Dialect } from '../http/auth-types.ts'
export type { FlaskTokenOptions } from './auth.ts'
export type { FlaskConfig, FlaskKey, Several } from './config.ts'
export type { Delta, Span } from './timedelta.ts'

/**
 * Options for `createAuth` that make it answer as Flask-JWT-Extended 4.7 does with this configuration: its tokens, statuses, messages and
 * cookies. `createAuth({ ...fromFlask({ JWT_SECRET_KEY }), isRevoked, lookupUser })` adds callbacks. Throws a `TypeError` for an option that
 * does not exist or is wrong.
 */
export function fromFlask(config: FlaskConfig): { dialect: Dialect<FlaskTokenOptions> } {
  const settings = readConfig(config)
  return { dialect: (options) => createFlaskAuth(settings, options) }
}
