import { isObject } from '../core/json.ts'
import type { Location } from '../protocol.ts'
import { readLocations } from './token-location.ts'
import { isDelta, toSeconds, type Delta, type Span } from './timedelta.ts'
import { isAlgorithm } from './algorithms.ts'

export type OneOrMany<T> = T | readonly T[] | ReadonlySet<T>

/** An HMAC secret, or a key in PEM. */
export type FlaskKey = string | Uint8Array

/**
 * The options of Flask-JWT-Extended 4.7, with the same names, types and defaults. An option that is
 * missing or null has its default.
 */
export interface FlaskConfig {
  /** Flask's own secret, used if `JWT_SECRET_KEY` is missing. */
  SECRET_KEY?: FlaskKey | null | undefined
  JWT_TOKEN_LOCATION?: OneOrMany<Location>
  JWT_ACCESS_TOKEN_EXPIRES?: Delta
  JWT_REFRESH_TOKEN_EXPIRES?: Delta
  JWT_ALGORITHM?: string
  JWT_DECODE_ALGORITHMS?: readonly string[] | null
  JWT_SECRET_KEY?: FlaskKey | null | undefined
  JWT_PRIVATE_KEY?: FlaskKey | null | undefined
  JWT_PUBLIC_KEY?: FlaskKey | null | undefined
  JWT_IDENTITY_CLAIM?: string
  JWT_VERIFY_SUB?: boolean
  JWT_ENCODE_AUDIENCE?: string | readonly string[] | null
  JWT_DECODE_AUDIENCE?: string | readonly string[] | null
  JWT_ENCODE_ISSUER?: string | null
  JWT_DECODE_ISSUER?: string | readonly string[] | null
  /** Seconds, or a span such as `{ seconds: 10 }`. */
  JWT_DECODE_LEEWAY?: number | Span
  JWT_ENCODE_NBF?: boolean
  JWT_ERROR_MESSAGE_KEY?: string
  JWT_HEADER_NAME?: string
  JWT_HEADER_TYPE?: string | null
  JWT_QUERY_STRING_NAME?: string
  JWT_QUERY_STRING_VALUE_PREFIX?: string
  JWT_JSON_KEY?: string
  JWT_REFRESH_JSON_KEY?: string
  JWT_ACCESS_COOKIE_NAME?: string
  JWT_REFRESH_COOKIE_NAME?: string
  JWT_ACCESS_COOKIE_PATH?: string
  JWT_REFRESH_COOKIE_PATH?: string
  JWT_COOKIE_SECURE?: boolean
  JWT_COOKIE_DOMAIN?: string | null
  JWT_COOKIE_SAMESITE?: string | null
  JWT_SESSION_COOKIE?: boolean
  JWT_COOKIE_CSRF_PROTECT?: boolean
  JWT_CSRF_METHODS?: readonly string[]
  JWT_CSRF_IN_COOKIES?: boolean
  JWT_ACCESS_CSRF_COOKIE_NAME?: string
  JWT_REFRESH_CSRF_COOKIE_NAME?: string
  JWT_ACCESS_CSRF_COOKIE_PATH?: string
  JWT_REFRESH_CSRF_COOKIE_PATH?: string
  JWT_ACCESS_CSRF_HEADER_NAME?: string
  JWT_REFRESH_CSRF_HEADER_NAME?: string
  JWT_CSRF_CHECK_FORM?: boolean
  JWT_ACCESS_CSRF_FIELD_NAME?: string
  JWT_REFRESH_CSRF_FIELD_NAME?: string
}

/** The checked configuration: complete, with an array for every option that takes one or many. */
export type FlaskSettings = Required<
  Omit<FlaskConfig, 'JWT_TOKEN_LOCATION' | 'JWT_DECODE_ALGORITHMS' | 'JWT_DECODE_LEEWAY'>
> & {
  /** Seconds. */
  JWT_DECODE_LEEWAY: number
  JWT_TOKEN_LOCATION: readonly Location[]
  JWT_DECODE_ALGORITHMS: readonly string[]
}

/** An option: its default, the test of a value, and the message if the test fails. */
type Option = readonly [fallback: unknown, test: (value: unknown) => boolean, message: string]

const TEXT = (fallback: string): Option => [fallback, isText, 'must be a non-empty string']
const TEXT_OR_EMPTY = (fallback: string): Option => [
  fallback,
  (value) => typeof value === 'string',
  'must be a string',
]
const FLAG = (fallback: boolean): Option => [
  fallback,
  (value) => typeof value === 'boolean',
  'must be true or false',
]
const NAME = (fallback: string): Option => [
  fallback,
  isName,
  'must be the name of a header, a cookie or a field, without spaces and separators',
]
const PATH = (fallback: string): Option => [
  fallback,
  (value) => typeof value === 'string' && /^[^;\p{Cc}]*$/u.test(value),
  'must be a path',
]
const KEY_MATERIAL: Option = [
  null,
  (value) => typeof value === 'string' || value instanceof Uint8Array,
  'must be a string or bytes',
]
const LIST: Option = [
  null,
  (value) => typeof value === 'string' || isTexts(value),
  'must be a string or an array of strings',
]
const EXPIRY = (fallback: Delta, name: string): Option => [
  fallback,
  isDelta,
  `must be able to add ${name} to datetime.datetime: give whole seconds, ` +
    '{ days, hours, minutes, … }, or false for tokens that never expire',
]

/** Every option of Flask-JWT-Extended. */
export const OPTIONS: Readonly<Record<keyof FlaskConfig, Option>> = {
  SECRET_KEY: KEY_MATERIAL,
  JWT_TOKEN_LOCATION: [['headers'], () => true, ''],
  JWT_ACCESS_TOKEN_EXPIRES: EXPIRY({ minutes: 15 }, 'JWT_ACCESS_TOKEN_EXPIRES'),
  JWT_REFRESH_TOKEN_EXPIRES: EXPIRY({ days: 30 }, 'JWT_REFRESH_TOKEN_EXPIRES'),
  JWT_ALGORITHM: [
    'HS256',
    isAlgorithm,
    'must be a signing algorithm of PyJWT, such as HS256 or RS256',
  ],
  JWT_DECODE_ALGORITHMS: [[], isTexts, 'must be an array of algorithms'],
  JWT_SECRET_KEY: KEY_MATERIAL,
  JWT_PRIVATE_KEY: KEY_MATERIAL,
  JWT_PUBLIC_KEY: KEY_MATERIAL,
  JWT_IDENTITY_CLAIM: TEXT('sub'),
  JWT_VERIFY_SUB: FLAG(true),
  JWT_ENCODE_AUDIENCE: LIST,
  JWT_DECODE_AUDIENCE: LIST,
  JWT_ENCODE_ISSUER: [null, (value) => typeof value === 'string', 'must be a string'],
  JWT_DECODE_ISSUER: LIST,
  JWT_DECODE_LEEWAY: [
    0,
    (value) => toSeconds(value) !== null,
    'must be seconds, 0 or more, or { days, hours, minutes, seconds }',
  ],
  JWT_ENCODE_NBF: FLAG(true),
  JWT_ERROR_MESSAGE_KEY: TEXT('msg'),
  JWT_HEADER_NAME: [
    'Authorization',
    isName,
    'JWT_ACCESS_HEADER_NAME cannot be empty: JWT_HEADER_NAME must be the name of a header',
  ],
  JWT_HEADER_TYPE: [
    'Bearer',
    (value) => typeof value === 'string' && !/\s/.test(value),
    'must be one word, or "" for a header with only the token',
  ],
  JWT_QUERY_STRING_NAME: TEXT('jwt'),
  JWT_QUERY_STRING_VALUE_PREFIX: TEXT_OR_EMPTY(''),
  JWT_JSON_KEY: TEXT('access_token'),
  JWT_REFRESH_JSON_KEY: TEXT('refresh_token'),
  JWT_ACCESS_COOKIE_NAME: NAME('access_token_cookie'),
  JWT_REFRESH_COOKIE_NAME: NAME('refresh_token_cookie'),
  JWT_ACCESS_COOKIE_PATH: PATH('/'),
  JWT_REFRESH_COOKIE_PATH: PATH('/'),
  JWT_COOKIE_SECURE: FLAG(false),
  JWT_COOKIE_DOMAIN: [
    null,
    (value) => typeof value === 'string' && /^[^;\s\p{Cc}]*$/u.test(value),
    'must be a host name',
  ],
  JWT_COOKIE_SAMESITE: [
    null,
    (value) => typeof value === 'string' && /^(?:strict|lax|none)$/i.test(value),
    "SameSite must be 'Strict', 'Lax', or 'None'",
  ],
  JWT_SESSION_COOKIE: FLAG(true),
  JWT_COOKIE_CSRF_PROTECT: FLAG(true),
  JWT_CSRF_METHODS: [['POST', 'PUT', 'PATCH', 'DELETE'], isTexts, 'must be an array of methods'],
  JWT_CSRF_IN_COOKIES: FLAG(true),
  JWT_ACCESS_CSRF_COOKIE_NAME: NAME('csrf_access_token'),
  JWT_REFRESH_CSRF_COOKIE_NAME: NAME('csrf_refresh_token'),
  JWT_ACCESS_CSRF_COOKIE_PATH: PATH('/'),
  JWT_REFRESH_CSRF_COOKIE_PATH: PATH('/'),
  JWT_ACCESS_CSRF_HEADER_NAME: NAME('X-CSRF-TOKEN'),
  JWT_REFRESH_CSRF_HEADER_NAME: NAME('X-CSRF-TOKEN'),
  JWT_CSRF_CHECK_FORM: FLAG(false),
  JWT_ACCESS_CSRF_FIELD_NAME: TEXT('csrf_token'),
  JWT_REFRESH_CSRF_FIELD_NAME: TEXT('csrf_token'),
}

/** The meaning of null for options where it is not the default. */
const NULL_VALUES: Partial<Record<keyof FlaskConfig, unknown>> = { JWT_HEADER_TYPE: '' }

/** Options of 3.x that 4.0 removed, and what to do instead. */
const REMOVED_OPTIONS: Readonly<Record<string, string>> = {
  JWT_BLACKLIST_ENABLED: 'pass the callback isRevoked to createAuth instead',
  JWT_BLACKLIST_TOKEN_CHECKS: 'check the claim "type" in the callback isRevoked instead',
  JWT_USER_CLAIMS: 'since 4.0, additional claims are at the top level of the payload',
  JWT_CLAIMS_IN_REFRESH_TOKEN: 'since 4.0, refresh tokens always have the additional claims',
  JWT_CSRF_HEADER_NAME: 'use JWT_ACCESS_CSRF_HEADER_NAME and JWT_REFRESH_CSRF_HEADER_NAME',
  JWT_VERIFY_AUDIENCE: 'leave JWT_DECODE_AUDIENCE out instead',
}

/**
 * Whether an unknown name may be another option of a Flask configuration, such as `DEBUG` or
 * `SQLALCHEMY_DATABASE_URI`, and not a misspelt one of Flask-JWT-Extended. Flask reads only names
 * in upper case.
 */
const isOfFlask = (name: string): boolean =>
  /^[A-Z][A-Z\d_]*$/.test(name) && !/JWT|JTW|TJW|WJT|^J[WT]_/.test(name)

/**
 * Checks the options and adds the defaults. Throws a `TypeError` with the message of
 * Flask-JWT-Extended, and with what to do.
 */
export function readConfig(config: FlaskConfig): FlaskSettings {
  const input: unknown = config
  if (!isObject(input)) throw new TypeError('fromFlask takes an object with the JWT_… options')
  for (const name of Object.keys(input)) {
    if (Object.hasOwn(OPTIONS, name) || isOfFlask(name)) continue
    const advice = Object.hasOwn(REMOVED_OPTIONS, name)
      ? `; ${REMOVED_OPTIONS[name]}`
      : `; the options are ${Object.keys(OPTIONS).join(', ')}`
    throw new TypeError(`unknown option "${name}"${advice}`)
  }
  const settings = Object.fromEntries(
    Object.entries(OPTIONS).map(([name, option]) => [
      name,
      readOption(input, name as keyof FlaskConfig, option),
    ]),
  )
  return Object.freeze({
    ...(settings as Required<FlaskConfig>),
    JWT_DECODE_LEEWAY: toSeconds(settings.JWT_DECODE_LEEWAY)!,
    JWT_TOKEN_LOCATION: readLocations(settings.JWT_TOKEN_LOCATION),
    JWT_DECODE_ALGORITHMS: [
      ...new Set([
        ...(settings.JWT_DECODE_ALGORITHMS as string[]),
        settings.JWT_ALGORITHM as string,
      ]),
    ],
    // Methods are upper case. A lower-case one would match no request, and protect nothing.
    JWT_CSRF_METHODS: (settings.JWT_CSRF_METHODS as string[]).map((method) => method.toUpperCase()),
  })
}

function readOption(
  input: Record<string, unknown>,
  name: keyof FlaskConfig,
  [fallback, test, message]: Option,
): unknown {
  const value = input[name]
  if (value === undefined) return fallback
  if (value === null && (fallback === null || name === 'JWT_DECODE_ALGORITHMS')) return fallback
  if (value === null && name in NULL_VALUES) return NULL_VALUES[name]
  if (test(value)) return value
  throw new TypeError(
    message.includes(name)
      ? message
      : `${name}: ${message.startsWith('must') ? `it ${message}` : message}`,
  )
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)
}
