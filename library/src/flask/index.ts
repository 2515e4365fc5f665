import type { Dialect } from '../http/auth-types.ts'
import { createFlaskAuth, type FlaskTokenOptions } from './auth.ts'
import { readConfig, type FlaskConfig } from './config.ts'

export type { Dialect, DialectIdentity } from '../http/auth-types.ts'
export type { CookieScope } from '../core/options/cookies.ts'
export type { FlaskTokenOptions } from './auth.ts'
export type { FlaskConfig, FlaskKey, OneOrMany } from './config.ts'
export type { Delta, Span } from './timedelta.ts'

/**
 * A configuration as it is, but `never` for a name with `JWT_` that does not exist. Other names of
 * a whole Flask configuration are ignored.
 */
export type KnownConfig<Config> = {
  [Name in keyof Config]: Name extends keyof FlaskConfig
    ? FlaskConfig[Name]
    : Name extends `JWT_${string}`
      ? never
      : unknown
}

/**
 * Options for `createAuth` that make it behave like Flask-JWT-Extended 4.7 with this configuration:
 * the same tokens, statuses, messages and cookies. Callbacks are passed in addition, as in
 * `createAuth({ ...fromFlask({ JWT_SECRET_KEY }), isRevoked, lookupUser })`. Throws a `TypeError`
 * for an unknown option with `JWT_` or an invalid value; other names are ignored, so that a whole
 * Flask configuration can be given.
 */
export function fromFlask<Config extends FlaskConfig>(
  config: Config & KnownConfig<Config>,
): { dialect: Dialect<FlaskTokenOptions> } {
  const settings = readConfig(config)
  return { dialect: (options) => createFlaskAuth(settings, options) }
}
