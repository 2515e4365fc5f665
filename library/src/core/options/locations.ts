import type { Location } from '../../protocol.ts'
import {
  isNonEmptyArray,
  isObjectOf,
  isHeaderName,
  isNonEmptyString,
  isHttpToken,
  type OptionShapes,
} from './validate.ts'

/** Where tokens ride in a request, and the names that they go by there. */
export interface LocationOptions {
  /**
   * Where tokens are looked for, in this order; `['headers', 'cookies']`. `query_string` is dangerous: addresses are kept in histories, in
   * logs and by every proxy on the way, and a token in one is in all of them.
   */
  locations?: readonly Location[]
  /** The header; `{ name: 'Authorization', scheme: 'Bearer' }`. Where `scheme` is null, the header holds the token and nothing else. */
  header?: { name?: string; scheme?: string | null }
  /** The parameter of the query; `{ name: 'access_token', prefix: '' }`. The prefix must stand before the token. */
  query?: { name?: string; prefix?: string }
  /** The member of a JSON or form body; `{ access: 'access_token', refresh: 'refresh_token' }`. */
  json?: { access?: string; refresh?: string }
}

export interface LocationSettings {
  locations: readonly Location[]
  /** `name` is in lower case; `scheme` matches the beginning of the value, null where there is none; `usual`, only with a scheme, is how most of them write it. */
  header: { name: string; scheme: RegExp | null; defaultPrefix: string }
  query: { name: string; prefix: string }
  json: { access: string; refresh: string }
}

const LOCATIONS: readonly Location[] = ['headers', 'cookies', 'json', 'query_string']

export const isLocations = (value: unknown): value is Location[] =>
  isNonEmptyArray(value) && value.every((each) => LOCATIONS.includes(each as Location))
export const LOCATIONS_SHAPE = `an array of ${LOCATIONS.join(', ')}`

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
    '{ access, refresh }: two strings that are not empty',
  ],
}

export function readLocations({
  locations = ['headers', 'cookies'],
  header = {},
  query = {},
  json = {},
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
  }
}
