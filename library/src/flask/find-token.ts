import type { Awaitable } from '../core/store.ts'
import { refuse } from '../core/errors.ts'
import type { Body, RequestView } from '../http/request.ts'
import type { Location } from '../protocol.ts'
import type { FlaskSettings } from './config.ts'
import { isFalsy } from './python.ts'
import type { Fault } from './refusals.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface FoundToken {
  token: unknown
  location: Location
  /** The CSRF value that the request repeats; null if it need not repeat one. */
  csrf: string | null
}

/**
 * After a fault of kind `missing` or `unsearched` the next location is searched. Every other fault
 * is final.
 */
type Found = FoundToken | Fault

/** `bodyLimit` is the option of `createAuth`. */
export type SearchSettings = FlaskSettings & { bodyLimit: number }

type Finder = (config: SearchSettings, view: RequestView, kind: TokenKind) => Awaitable<Found>

const FINDERS: Record<Location, Finder> = {
  headers: findInHeader,
  cookies: findInCookie,
  query_string: findInQuery,
  json: findInJson,
}

/** The answer to a body that is too large to be searched, if no token is found elsewhere. */
const UNSEARCHED: Fault = { kind: 'unsearched', message: refuse('body_too_large').message }

const missing = (message: string): Fault => ({ kind: 'missing', message })
const invalid = (message: string): Fault => ({ kind: 'invalid', message })

/**
 * Finds the token of a request; a fault with the message of Flask-JWT-Extended if there is none.
 */
export function findToken(
  config: SearchSettings,
  view: RequestView,
  kind: TokenKind,
  locations: readonly Location[],
  start = 0,
  faults: readonly Fault[] = [],
): Awaitable<Found> {
  for (let index = start; index < locations.length; index++) {
    const found = FINDERS[locations[index]!](config, view, kind)
    if (found instanceof Promise) {
      return found.then((resolved) =>
        isMissing(resolved)
          ? findToken(config, view, kind, locations, index + 1, [...faults, resolved])
          : resolved,
      )
    }
    if (!isMissing(found)) return found
    faults = [...faults, found]
  }
  if (faults.includes(UNSEARCHED)) return UNSEARCHED
  if (locations.length === 1) return faults[0]!
  const names = `${locations.slice(0, -1).join(', ')} or ${locations.at(-1)}`
  const messages = faults.map(({ message }) => message).join('; ')
  return missing(`Missing JWT in ${names} (${messages})`)
}

const isMissing = (found: Found): found is Fault =>
  found === UNSEARCHED || ('kind' in found && found.kind === 'missing')

function findInHeader(
  { JWT_HEADER_NAME: name, JWT_HEADER_TYPE: type }: FlaskSettings,
  view: RequestView,
): Found {
  const value = (view.header(name.toLowerCase()) ?? '').trim().replace(/^,+|,+$/g, '')
  if (value === '') return missing(`Missing ${name} Header`)
  const expected = `Expected '${name}: ${type ? `${type} ` : ''}<JWT>'`
  const list = value.split(/,\s*/)
  // Flask-JWT-Extended responds with 500 to an element of spaces only.
  if (type && list.some((field) => field !== '' && splitWords(field).length === 0))
    return invalid(`Bad ${name} header. ${expected}`)
  const fields = type ? list.filter((field) => splitWords(field)[0] === type) : [value]
  if (fields.length !== 1) return missing(`Missing '${type}' type in '${name}' header. ${expected}`)
  const parts = splitWords(fields[0]!)
  if (parts.length !== (type ? 2 : 1)) return invalid(`Bad ${name} header. ${expected}`)
  return { token: parts.at(-1)!, location: 'headers', csrf: null }
}

const splitWords = (text: string): string[] => text.split(/\s+/).filter(Boolean)

function findInCookie(
  config: SearchSettings,
  view: RequestView,
  kind: TokenKind,
): Awaitable<Found> {
  const name = kind === 'refresh' ? config.JWT_REFRESH_COOKIE_NAME : config.JWT_ACCESS_COOKIE_NAME
  const token = firstCookie(view.header('cookie'), name)
  if (!token) return missing(`Missing cookie "${name}"`)
  if (
    !config.JWT_COOKIE_CSRF_PROTECT ||
    !config.JWT_CSRF_METHODS.includes(view.method.toUpperCase())
  )
    return { token, location: 'cookies', csrf: null }
  const withCsrf = (csrf: unknown): Found =>
    typeof csrf === 'string' && csrf !== ''
      ? { token, location: 'cookies', csrf }
      : { kind: 'csrf', message: 'Missing CSRF token' }
  const header = view.header(
    (kind === 'refresh'
      ? config.JWT_REFRESH_CSRF_HEADER_NAME
      : config.JWT_ACCESS_CSRF_HEADER_NAME
    ).toLowerCase(),
  )
  if (header || !config.JWT_CSRF_CHECK_FORM || !isForm(view)) return withCsrf(header)
  const field =
    kind === 'refresh' ? config.JWT_REFRESH_CSRF_FIELD_NAME : config.JWT_ACCESS_CSRF_FIELD_NAME
  return Promise.resolve(view.body(config.bodyLimit)).then((body) =>
    isTooLarge(body)
      ? { kind: 'large', message: UNSEARCHED.message }
      : withCsrf(body.ok ? [body.value[field]].flat()[0] : undefined),
  )
}

/** A name and a value without spaces, which may be quoted. */
const COOKIE_PAIR = /^[ \t]*([^ \t="]+)[ \t]*=[ \t]*("[^"\\]*"|[^ \t"]*)[ \t]*$/

/**
 * The first cookie with this name, as in Werkzeug: browsers send the cookie with the longest path
 * first (RFC 6265, section 5.4).
 */
function firstCookie(header = '', name: string): string | undefined {
  const pairs = header.split(';').map((pair) => COOKIE_PAIR.exec(pair))
  return pairs.find((pair) => pair?.[1] === name)?.[2]?.replace(/^"(.*)"$/, '$1')
}

const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data']

const isForm = (view: RequestView): boolean => FORMS.includes(mediaType(view))
const isTooLarge = (body: Body): boolean => !body.ok && body.code === 'body_too_large'
const mediaType = (view: RequestView): string =>
  (view.header('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()

function findInQuery(
  { JWT_QUERY_STRING_NAME: name, JWT_QUERY_STRING_VALUE_PREFIX: prefix }: FlaskSettings,
  view: RequestView,
): Found {
  const value = new URLSearchParams(view.query).get(name)
  if (!value) return missing(`Missing '${name}' query paramater`)
  if (!value.startsWith(prefix))
    return invalid(
      `Invalid value for query parameter '${name}'. Expected the value to start with '${prefix}'`,
    )
  return { token: value.slice(prefix.length), location: 'query_string', csrf: null }
}

/** If the body is not an object, the token is missing. Flask-JWT-Extended responds with 500. */
function findInJson(config: SearchSettings, view: RequestView, kind: TokenKind): Awaitable<Found> {
  const key = kind === 'refresh' ? config.JWT_REFRESH_JSON_KEY : config.JWT_JSON_KEY
  if (!/^application\/(?:json|.*\+json)$/.test(mediaType(view)))
    return missing('Invalid content-type. Must be application/json.')
  return Promise.resolve(view.body(config.bodyLimit)).then((body): Found => {
    if (isTooLarge(body)) return UNSEARCHED
    const token = body.ok && Object.hasOwn(body.value, key) ? body.value[key] : undefined
    return isFalsy(token)
      ? missing(`Missing "${key}" key in json data.`)
      : { token, location: 'json', csrf: null }
  })
}
