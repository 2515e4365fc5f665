import type { Location } from '../protocol.ts'

const LOCATIONS = ['headers', 'cookies', 'query_string', 'json']
const LOCATION_NAMES = '"headers", "cookies", "query_string", or "json"'

/**
 * Reads `JWT_TOKEN_LOCATION`: one location, or an array or set of them. Throws a `TypeError` with
 * the message of Flask-JWT-Extended.
 */
export function readLocations(value: unknown): readonly Location[] {
  const list =
    typeof value === 'string'
      ? [value]
      : value instanceof Set || Array.isArray(value)
        ? [...(value as Iterable<unknown>)]
        : null
  if (list === null)
    throw new TypeError(
      'JWT_TOKEN_LOCATION must be a sequence or a set: ' +
        'give an array such as ["headers", "cookies"]',
    )
  if (list.length === 0)
    throw new TypeError(`JWT_TOKEN_LOCATION must contain at least one of ${LOCATION_NAMES}`)
  if (!list.every((location) => LOCATIONS.includes(location as string)))
    throw new TypeError(`JWT_TOKEN_LOCATION can only contain ${LOCATION_NAMES}`)
  return Object.freeze(list as Location[])
}
