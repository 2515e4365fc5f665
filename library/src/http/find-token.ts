import { refuse, type Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Location } from '../protocol.ts'
import { readCandidates } from './cookies.ts'
import type { RequestView } from './request.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface FoundToken {
  token: string
  location: Location
  /** Further values of the same cookie, to be tried if the token is refused. */
  others: readonly string[]
}

const NO_OTHERS: readonly string[] = Object.freeze([])

/**
 * Returns the first token of this kind in these locations, in their order. If there is none, it
 * returns the refusal of a body that could not be searched, or null. In cookies and bodies each
 * kind has a name of its own. `bodyLimit` is for `RequestView.body`.
 */
export function findToken(
  settings: Settings,
  view: RequestView,
  kind: TokenKind,
  locations: readonly Location[],
  bodyLimit?: number,
): Awaitable<FoundToken | Refusal | null> {
  for (let index = 0; index < locations.length; index++) {
    const location = locations[index]!
    if (location === 'json')
      return findInBody(settings, view, kind, locations.slice(index + 1), bodyLimit)
    const found =
      location === 'cookies'
        ? findInCookies(settings, view, kind)
        : withoutOthers(FINDERS[location](settings, view), location)
    if (found !== null) return found
  }
  return null
}

/** Returns the values of the cookie for this kind of token. */
export function findInCookies(
  { cookies }: Settings,
  view: RequestView,
  kind: TokenKind,
): FoundToken | null {
  const [token, ...others] = readCandidates(view.header('cookie'), cookies[kind])
  return token === undefined ? null : { token, location: 'cookies', others }
}

type Finder = (settings: Settings, view: RequestView) => string | undefined

const FINDERS: Record<Exclude<Location, 'json' | 'cookies'>, Finder> = {
  headers: ({ header }, view) => tokenFromHeader(header, view.header(header.name)),
  query_string: ({ query }, view) => tokenFromQuery(query, view.query),
}

const withoutOthers = (token: string | undefined, location: Location): FoundToken | null =>
  token === undefined ? null : { token, location, others: NO_OTHERS }

/** A body that cannot be searched is no reason to refuse a request with a token elsewhere. */
async function findInBody(
  settings: Settings,
  view: RequestView,
  kind: TokenKind,
  remainingLocations: readonly Location[],
  bodyLimit: number | undefined,
): Promise<FoundToken | Refusal | null> {
  const body = await view.body(bodyLimit)
  const token = body.ok ? body.value[settings.json[kind]] : undefined
  if (typeof token === 'string' && token !== '')
    return { token, location: 'json', others: NO_OTHERS }
  const found = await findToken(settings, view, kind, remainingLocations, bodyLimit)
  if (found !== null) return found
  if (!body.ok) return body
  // Parameters must not be repeated (RFC 6749, section 3.2).
  return Array.isArray(token) ? refuse('request_invalid') : null
}

/**
 * The token of `Authorization: Bearer <token>` (RFC 6750, section 2.1). The scheme is not
 * case-sensitive (RFC 9110, section 11.1). `Bearer` alone counts as an empty token, which is
 * refused as invalid.
 */
function tokenFromHeader(
  { scheme, defaultPrefix }: Settings['header'],
  value: string | undefined,
): string | undefined {
  if (value === undefined) return undefined
  if (scheme === null) return value.trim() || undefined
  // The common spelling first: it needs no regular expression.
  if (value.startsWith(defaultPrefix)) return value.slice(defaultPrefix.length).trim()
  const match = scheme.exec(value)
  return match === null ? undefined : value.slice(match[0].length).trim()
}

/** The token in the query. A repeated parameter, or one without the prefix, holds no token. */
function tokenFromQuery({ name, prefix }: Settings['query'], query: string): string | undefined {
  const values = new URLSearchParams(query).getAll(name)
  return values.length === 1 && values[0]!.startsWith(prefix)
    ? values[0]!.slice(prefix.length) || undefined
    : undefined
}
