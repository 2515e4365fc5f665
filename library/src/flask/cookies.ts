import type { FlaskSettings } from './config.ts'
import type { TokenKind } from '../core/token-kinds.ts'

export interface CookieAttributes {
  /** Seconds. Without it `JWT_SESSION_COOKIE` decides. */
  maxAge?: number
  /** Instead of `JWT_COOKIE_DOMAIN`. */
  domain?: string
}

/** `Max-Age` with `JWT_SESSION_COOKIE: false`, as in Flask-JWT-Extended. */
const YEAR_SECONDS = 31_540_000
const EPOCH = 'Thu, 01 Jan 1970 00:00:00 GMT'

/**
 * `Set-Cookie` values for a token and its CSRF value, with the attributes in the order of Werkzeug.
 * `now` is in milliseconds.
 */
export function setCookies(
  config: FlaskSettings,
  kind: TokenKind,
  token: string,
  csrf: unknown,
  now: number,
  { maxAge, domain }: CookieAttributes = {},
): string[] {
  const seconds = maxAge ?? (config.JWT_SESSION_COOKIE ? null : YEAR_SECONDS)
  const lifetime =
    seconds === null
      ? []
      : [`Expires=${new Date(now + seconds * 1000).toUTCString()}`, `Max-Age=${seconds}`]
  return buildCookies(config, kind, [token, typeof csrf === 'string' ? csrf : ''], lifetime, domain)
}

/** `Set-Cookie` values that delete the cookies. */
export function unsetCookies(
  config: FlaskSettings,
  kind: TokenKind,
  { domain }: CookieAttributes = {},
): string[] {
  return buildCookies(config, kind, ['', ''], [`Expires=${EPOCH}`], domain)
}

function buildCookies(
  config: FlaskSettings,
  kind: TokenKind,
  [token, csrf]: [string, string],
  lifetime: string[],
  domain = config.JWT_COOKIE_DOMAIN,
): string[] {
  const prefix = kind === 'refresh' ? 'JWT_REFRESH' : 'JWT_ACCESS'
  const cookie = (name: string, value: string, path: string, httpOnly: boolean) =>
    [
      `${name}=${quoteValue(value)}`,
      domain ? `Domain=${hostOf(domain)}` : '',
      ...lifetime,
      config.JWT_COOKIE_SECURE ? 'Secure' : '',
      httpOnly ? 'HttpOnly' : '',
      `Path=${pathOf(path)}`,
      config.JWT_COOKIE_SAMESITE ? `SameSite=${capitalize(config.JWT_COOKIE_SAMESITE)}` : '',
    ]
      .filter(Boolean)
      .join('; ')
  const tokenCookie = cookie(
    config[`${prefix}_COOKIE_NAME`],
    token,
    config[`${prefix}_COOKIE_PATH`],
    true,
  )
  if (!config.JWT_COOKIE_CSRF_PROTECT || !config.JWT_CSRF_IN_COOKIES) return [tokenCookie]
  return [
    tokenCookie,
    cookie(config[`${prefix}_CSRF_COOKIE_NAME`], csrf, config[`${prefix}_CSRF_COOKIE_PATH`], false),
  ]
}

const capitalize = (word: string): string => word[0]!.toUpperCase() + word.slice(1).toLowerCase()
const hostOf = (domain: string): string =>
  new URL(`http://${domain.replace(/^\.+/, '').replace(/:.*$/, '')}`).hostname
const pathOf = (path: string): string =>
  path.replace(/[^\w.~%!$&'()*+,/:=@-]/gu, encodeURIComponent)

/**
 * Quotes a value with characters that RFC 6265 does not allow, and escapes those bytes in octal.
 */
function quoteValue(value: string): string {
  if (/^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/.test(value)) return value
  const bytes = Buffer.from(value).toString('latin1')
  // oxlint-disable-next-line no-control-regex -- these are the characters to escape
  return `"${bytes.replace(/[\u0000-\u0019",;\\\u007f-\u00ff]/g, escapeCharacter)}"`
}

const escapeCharacter = (character: string): string =>
  /["\\]/.test(character)
    ? `\\${character}`
    : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
