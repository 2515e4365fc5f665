import type { Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Location } from '../protocol.ts'
import { readCookie } from './cookies.ts'
import type { RequestView } from './request.ts'

export interface FoundToken {
  token: string
  location: Location
}

/** A kind of token: in cookies and bodies each has a name of its own. */
export type TokenName = 'access' | 'refresh'

export const ACCESS: TokenName = 'access'
export const REFRESH: TokenName = 'refresh'

/** The first token found in the locations, in their order; null where there is none; a refusal where a body that may hold it is unreadable. */
export function findToken(
  settings: Settings,
  view: RequestView,
  name: TokenName,
  locations: readonly Location[],
): Awaitable<FoundToken | Refusal | null> {
  for (let at = 0; at < locations.length; at++) {
    const location = locations[at]!
    if (location === 'json') return findInBody(settings, view, name, locations.slice(at + 1))
    const token = FINDERS[location](settings, view, name)
    if (token !== undefined) return { token, location }
  }
  return null
}

const FINDERS: Record<
  Exclude<Location, 'json'>,
  (settings: Settings, view: RequestView, name: TokenName) => string | undefined
> = {
  headers: ({ header }, view) => headerToken(header, view.header(header.name)),
  cookies: ({ cookies }, view, name) => readCookie(view.header('cookie'), cookies[name].name),
  query_string: ({ query }, view) => queryToken(query, view.query),
}

async function findInBody(
  settings: Settings,
  view: RequestView,
  name: TokenName,
  rest: readonly Location[],
): Promise<FoundToken | Refusal | null> {
  const body = await view.body()
  if (!body.ok) return body
  const token = body.value[settings.json[name]]
  return typeof token === 'string' && token !== ''
    ? { token, location: 'json' }
    : findToken(settings, view, name, rest)
}

/** RFC 6750, section 2.1; the scheme compares without case (RFC 9110, section 11.1). `Bearer` with nothing behind it is an empty token. */
function headerToken(
  { scheme, usual }: Settings['header'],
  value: string | undefined,
): string | undefined {
  if (value === undefined) return undefined
  if (scheme === null) return value.trim() || undefined
  if (value.startsWith(usual)) return value.slice(usual.length).trim()
  const found = scheme.exec(value)
  return found === null ? undefined : value.slice(found[0].length).trim()
}

/** A parameter that stands twice has no one value: it is no token, as one without its prefix is none. */
function queryToken({ name, prefix }: Settings['query'], query: string): string | undefined {
  const values = new URLSearchParams(query).getAll(name)
  return values.length === 1 && values[0]!.startsWith(prefix)
    ? values[0]!.slice(prefix.length) || undefined
    : undefined
}
