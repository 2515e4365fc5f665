import type { Location } from '../../protocol.ts'
import {
  isNonEmptyArray,
  isObjectOf,
  isHeaderName,
  isNonEmptyString,
  isHttpToken,
  type OptionShapes,
} from './validate.ts'

/** Where a request may carry a token, and under which names. */
export interface LocationOptions {
  /**
   * Where to look for a token, in this order. The default is `['headers', 'cookies']`.
   * `query_string` is dangerous: URLs are stored in browser histories and in the logs of servers
   * and proxies (RFC 6750, section 5.3).
   */
  locations?: readonly Location[]
  /**
   * The header. The default is `{ name: 'Authorization', scheme: 'Bearer' }`. If `scheme` is null,
   * the header contains only the token.
   */
  header?: { name?: string; scheme?: string | null }
  /**
   * The query parameter. The default is `{ name: 'access_token', prefix: '' }`. The value must
   * begin with the prefix.
   */
  query?: { name?: string; prefix?: string }
  /**
   * The member of a JSON or form body. The default is
   * `{ access: 'access_token', refresh: 'refresh_token' }`.
   */
  json?: { access?: string; refresh?: string }
  /**
   * How many bytes of a body a guard reads in search of a token or of the form field of `csrf`. The
   * default is 1 MiB. A larger body counts as one without them, unless the framework has parsed it.
   */
  bodyLimit?: number
}

export interface LocationSettings {
  locations: readonly Location[]
  /**
   * `name` is in lower case. `scheme` matches the start of a value; null if there is no scheme.
   * `defaultPrefix` is the usual spelling of scheme and space, for a quick comparison.
   */
  header: { name: string; scheme: RegExp | null; defaultPrefix: string }
  query: { name: string; prefix: string }
  json: { access: string; refresh: string }
  bodyLimit: number
}

const MEBIBYTE = 1_048_576

const LOCATIONS: readonly Location[] = ['headers', 'cookies', 'json', 'query_string']

export const isLocations = (value: unknown): value is Location[] =>
  isNonEmptyArray(value) && value.every((location) => LOCATIONS.includes(location as Location))
export const LOCATIONS_SHAPE = `an array of ${LOCATIONS.join(', ')}`

export const BODY_LIMIT_SHAPE = [
  (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0,
  'a positive whole number of bytes',
] as const

export const LOCATION_SHAPES: OptionShapes<LocationOptions> = {
  locations: [isLocations, LOCATIONS_SHAPE],
  header: [
    isObjectOf({ name: isHeaderName, scheme: (value) => value === null || isHttpToken(value) }),
    '{ name, scheme }: the name of a header, and one word or null for the scheme',
  ],
  query: [
    isObjectOf({ name: isNonEmptyString, prefix: (value) => typeof value === 'string' }),
    '{ name, prefix }: two strings',
  ],
  json: [
    isObjectOf({ access: isNonEmptyString, refresh: isNonEmptyString }),
    '{ access, refresh }: two non-empty strings',
  ],
  bodyLimit: BODY_LIMIT_SHAPE,
}

/** Fills in the defaults. */
export function readLocations({
  locations = ['headers', 'cookies'],
  header = {},
  query = {},
  json = {},
  bodyLimit = MEBIBYTE,
}: LocationOptions): LocationSettings {
  const { name = 'authorization', scheme = 'Bearer' } = header
  return {
    locations: Object.freeze([...locations]),
    header: {
      name: name.toLowerCase(),
      scheme: scheme === null ? null : new RegExp(`^${scheme.replace(/\W/g, '\\$&')}(?: |$)`, 'i'),
      defaultPrefix: `${scheme} `,
    },
    query: { name: 'access_token', prefix: '', ...query },
    json: { access: 'access_token', refresh: 'refresh_token', ...json },
    bodyLimit,
  }
}
