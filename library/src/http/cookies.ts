import type { CookieName, CookieSetting } from '../core/options/cookies.ts'
import type { Settings } from '../core/options.ts'
import type { TokenSet } from '../core/session/token-set.ts'
import { HOST_PREFIX } from '../protocol.ts'

/** Values of one cookie that a request is tried with at most. */
const MAX_CANDIDATES = 4

/**
 * The values of one cookie in the header `Cookie` (RFC 6265, section 4.2), in their order: each
 * once, four at most, and none that are empty. A browser sends several if they were set with
 * different domains or paths. A name with `__Host-` has one domain and one path (RFC 6265bis,
 * section 4.1.3.2), so if it has several values, none of them counts, unless it `mayRepeat`: once
 * partitioned and once not.
 */
export function readCookies(
  header: string | undefined,
  name: string,
  mayRepeat = !name.startsWith(HOST_PREFIX),
): string[] {
  if (header === undefined) return []
  const values: string[] = []
  for (const pair of header.split(';')) {
    const value = valueOf(pair, name)
    if (value !== '' && !values.includes(value)) values.push(value)
    if (values.length === MAX_CANDIDATES) break
  }
  return values.length > 1 && !mayRepeat ? [] : values
}

/** The first of the values that `readCookies` returns, or undefined. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  return readCookies(header, name)[0]
}

/** The values of a cookie by its current and its previous names: four at most. */
export function readCandidates(
  header: string | undefined,
  { name, mayRepeat, previous }: CookieSetting,
): readonly string[] {
  const values = readCookies(header, name, mayRepeat)
  if (previous.length === 0) return values
  const names = new Set(previous.map((setting) => setting.name))
  names.delete(name)
  const others = Array.from(names, (other) => readCookies(header, other)).flat()
  return [...new Set([...values, ...others])].slice(0, MAX_CANDIDATES)
}

/**
 * The value if this is the cookie, or else an empty text. Only space and tab are trimmed (RFC 6265,
 * section 5.2): for a browser, a name that begins with another blank, such as the byte A0, has no
 * prefix `__Host-`, and any host of the domain may set it.
 */
function valueOf(pair: string, name: string): string {
  let start = 0
  while (isBlank(pair, start)) start++
  const equals = start + name.length
  if (pair[equals] !== '=' || !pair.startsWith(name, start)) return ''
  let end = pair.length
  while (isBlank(pair, end - 1)) end--
  return pair.slice(equals + 1, end)
}

const isBlank = (text: string, index: number): boolean =>
  text[index] === ' ' || text[index] === '\t'

/**
 * `Set-Cookie` values for the tokens of a session. All cookies have the lifetime of the session: if
 * the access cookie expired with its token, a page could not tell "expired" from "never signed in".
 * The server enforces the tokens' own lifetimes regardless. If the refresh token has not `changed`,
 * its cookie and the readable session cookie are left as they are in the browser. Throws a
 * `TypeError` at sign-in if the cookies are too large.
 */
export function tokenCookies(settings: Settings, tokens: TokenSet, changed: boolean): string[] {
  const maxAge = tokens.refreshExpiresIn
  const access = [setCookie(settings, 'access', tokens.accessToken, maxAge)]
  if (settings.csrf?.cookie && tokens.csrf !== null)
    access.push(setCookie(settings, 'csrf', tokens.csrf, maxAge))
  if (!changed) return access
  const all = [
    ...access,
    setCookie(settings, 'refresh', tokens.refreshToken, maxAge),
    setCookie(settings, 'session', `${tokens.sessionId}.${tokens.generation}`, maxAge),
  ]
  if (tokens.generation === 0) checkSize(all)
  return [...clearPrevious(settings, cookieKinds(settings)), ...all]
}

/** Limit for all cookies together, in bytes, as a browser sends them with every request. */
const MAX_COOKIE_BYTES = 2048

/**
 * Checked at sign-in, when the caller who chose the claims sees the error. Later there is none:
 * browsers drop cookies that are too large without a message, and proxies refuse the request.
 */
function checkSize(cookies: readonly string[]): void {
  const size = cookies.reduce((sum, cookie) => sum + cookie.split(';', 1)[0]!.length + 2, 0)
  if (size > MAX_COOKIE_BYTES)
    throw new TypeError(
      `the cookies would take ${size} bytes of at most ${MAX_COOKIE_BYTES}: ` +
        'give the session fewer claims, and keep the rest in your own database',
    )
}

/** `Set-Cookie` values that delete the cookies of the tokens and the session. */
export function clearCookies(settings: Settings): string[] {
  const kinds = cookieKinds(settings)
  return [
    ...clearPrevious(settings, kinds),
    ...kinds.map((kind) => setCookie(settings, kind, '', 0)),
  ]
}

/** `Set-Cookie` values that delete cookies which were set with the scopes they had before. */
export const clearPrevious = (settings: Settings, kinds: readonly CookieName[]): string[] =>
  kinds.flatMap((kind) =>
    settings.cookies[kind].previous.map((setting) => setCookieOf(settings, setting, '', 0)),
  )

const cookieKinds = ({ cookies, csrf }: Settings): CookieName[] =>
  (Object.keys(cookies) as CookieName[]).filter(
    (name) => csrf !== null || !name.toLowerCase().includes('csrf'),
  )

/** The `Set-Cookie` value of one of the cookies; see `setCookieOf`. */
export function setCookie(
  settings: Settings,
  name: CookieName,
  value: string,
  maxAge: number,
  domain?: string,
): string {
  const setting = settings.cookies[name]
  return setCookieOf(settings, domain ? { ...setting, domain } : setting, value, maxAge)
}

/**
 * One `Set-Cookie` value (RFC 6265, section 4.1). `maxAge` is in seconds; 0 deletes the cookie.
 * With the option `cookies.lifetime: "session"` it is left out, and the browser deletes the cookie
 * when it closes.
 */
export function setCookieOf(
  { sessionCookies, sameSite }: Settings,
  { name, domain, path, secure, httpOnly, partitioned }: CookieSetting,
  value: string,
  maxAge: number,
): string {
  const attributes = [
    `${name}=${value}`,
    domain === null ? '' : `Domain=${domain}`,
    `Path=${path}`,
    sessionCookies && maxAge > 0 ? '' : `Max-Age=${maxAge}`,
    secure ? 'Secure' : '',
    httpOnly ? 'HttpOnly' : '',
    `SameSite=${sameSite}`,
    partitioned ? 'Partitioned' : '',
  ]
  return attributes.filter((attribute) => attribute !== '').join('; ')
}
