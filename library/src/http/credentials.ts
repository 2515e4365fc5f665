import type { Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import type { Awaitable } from '../core/store.ts'
import type { Location } from '../protocol.ts'
import { cookieName, readCookie } from './cookies.ts'
import type { RequestView } from './view.ts'

export interface Credentials {
  token: string
  location: Location
}

/** A kind of token, and the names that it goes by. */
export interface TokenName {
  cookie: 'access' | 'refresh'
  /** Member of a JSON or form body. */
  field: string
}

export const ACCESS: TokenName = { cookie: 'access', field: 'access_token' }
export const REFRESH: TokenName = { cookie: 'refresh', field: 'refresh_token' }

/** The first token found in the locations, in their order; null where there is none; a refusal where a body that may hold it is unreadable. */
export function findToken(settings: Settings, view: RequestView, name: TokenName, locations: readonly Location[]): Awaitable<Credentials | Refusal | null> {
  for (const [index, location] of locations.entries()) {
    if (location === 'json') return findInBody(settings, view, name, locations.slice(index + 1))
    const token = location === 'headers' ? bearerToken(view) : readCookie(view.header('cookie'), cookieName(settings, name.cookie))
    if (token !== undefined) return { token, location }
  }
  return null
}

async function findInBody(settings: Settings, view: RequestView, name: TokenName, rest: readonly Location[]): Promise<Credentials | Refusal | null> {
  const body = await view.body()
  if (!body.ok) return body
  const token = body.value[name.field]
  return typeof token === 'string' && token !== '' ? { token, location: 'json' } : findToken(settings, view, name, rest)
}

/** RFC 6750, section 2.1; the scheme compares without case (RFC 9110, section 11.1). `Bearer` with nothing behind it is an empty token. */
function bearerToken(view: RequestView): string | undefined {
  const header = view.header('authorization')
  if (header === undefined || !/^bearer(?: |$)/i.test(header)) return undefined
  return header.slice(7).trim()
}
