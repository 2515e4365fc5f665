import type { Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Location } from '../protocol.ts'
import { readCookie } from './cookies.ts'
import type { RequestView } from './request.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface FoundToken {
  token: string
  location: Location
}

/**
 * Returns the first token of this kind in these locations, in their order; null if there is none; a
 * refusal if the body must be searched and cannot be read. In cookies and bodies each kind has a
 * name of its own.
 */
export function findToken(
  settings: Settings,
  view: RequestView,
  kind: TokenKind,
  locations: readonly Location[],
): Awaitable<FoundToken | Refusal | null> {
  for (let index = 0; index < locations.length; index++) {
    const location = locations[index]!
    if (location === 'json') return findInBody(settings, view, kind, locations.slice(index + 1))
    const token = FINDERS[location](settings, view, kind)
    if (token !== undefined) return { token, location }
  }
  return null
}

type Finder = (settings: Settings, view: RequestView, kind: TokenKind) => string | undefined

const FINDERS: Record<Exclude<Location, 'json'>, Finder> = {
  headers: ({ header }, view) => tokenFromHeader(header, view.header(header.name)),
  cookies: ({ cookies }, view, kind) => readCookie(view.header('cookie'), cookies[kind].name),
  query_string: ({ query }, view) => tokenFromQuery(query, view.query),
}

async function findInBody(
  settings: Settings,
  view: RequestView,
  kind: TokenKind,
  remainingLocations: readonly Location[],
): Promise<FoundToken | Refusal | null> {
  const body = await view.body()
  if (!body.ok) return body
  const token = body.value[settings.json[kind]]
  return typeof token === 'string' && token !== ''
    ? { token, location: 'json' }
    : findToken(settings, view, kind, remainingLocations)
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
