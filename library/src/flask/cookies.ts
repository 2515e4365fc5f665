import type { TokenKind } from '../core/jws.ts'
import type { FlaskSettings } from './config.ts'

export interface CookieOptions {
  /** Seconds. Without it `JWT_SESSION_COOKIE` decides. */
  maxAge?: number
  /** Instead of `JWT_COOKIE_DOMAIN`. */
  domain?: string
}

/** What `JWT_SESSION_COOKIE: false` means, in seconds: a year, as there. */
const YEAR = 31_540_000
const LONG_AGO = 'Thu, 01 Jan 1970 00:00:00 GMT'

/** `Set-Cookie` values for a token and its CSRF value, with the attributes and in the order of Werkzeug. `now` in milliseconds. */
export function setCookies(
  config: FlaskSettings,
  kind: TokenKind,
  token: string,
  csrf: unknown,
  now: number,
  { maxAge, domain }: CookieOptions = {},
): string[] {
  const age = maxAge ?? (config.JWT_SESSION_COOKIE ? null : YEAR)
  const life =
    age === null ? [] : [`Expires=${new Date(now + age * 1000).toUTCString()}`, `Max-Age=${age}`]
  return cookies(config, kind, [token, typeof csrf === 'string' ? csrf : ''], life, domain)
}

/** `Set-Cookie` values that take them away. */
export function unsetCookies(
  config: FlaskSettings,
  kind: TokenKind,
  { domain }: CookieOptions = {},
): string[] {
  return cookies(config, kind, ['', ''], [`Expires=${LONG_AGO}`], domain)
}

function cookies(
  config: FlaskSettings,
  kind: TokenKind,
  [token, csrf]: [string, string],
  life: string[],
  domain = config.JWT_COOKIE_DOMAIN,
): string[] {
  const prefix = kind === 'refresh' ? 'JWT_REFRESH' : 'JWT_ACCESS'
  const cookie = (name: string, value: string, path: string, httpOnly: boolean) =>
    [
      `${name}=${quoted(value)}`,
      domain ? `Domain=${hostOf(domain)}` : '',
      ...life,
      config.JWT_COOKIE_SECURE ? 'Secure' : '',
      httpOnly ? 'HttpOnly' : '',
      `Path=${pathOf(path)}`,
      config.JWT_COOKIE_SAMESITE ? `SameSite=${titled(config.JWT_COOKIE_SAMESITE)}` : '',
    ]
      .filter(Boolean)
      .join('; ')
  const main = cookie(config[`${prefix}_COOKIE_NAME`], token, config[`${prefix}_COOKIE_PATH`], true)
  if (!config.JWT_COOKIE_CSRF_PROTECT || !config.JWT_CSRF_IN_COOKIES) return [main]
  return [
    main,
    cookie(config[`${prefix}_CSRF_COOKIE_NAME`], csrf, config[`${prefix}_CSRF_COOKIE_PATH`], false),
  ]
}

const titled = (word: string): string => word[0]!.toUpperCase() + word.slice(1).toLowerCase()
const hostOf = (domain: string): string =>
  new URL(`http://${domain.replace(/^\.+/, '').replace(/:.*$/, '')}`).hostname
const pathOf = (path: string): string =>
  path.replace(/[^\w.~%!$&'()*+,/:=@-]/gu, encodeURIComponent)

/** A value with other characters than RFC 6265 allows stands in quotes, its odd bytes in octal. */
function quoted(value: string): string {
  if (/^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/.test(value)) return value
  const bytes = Buffer.from(value).toString('latin1')
  // oxlint-disable-next-line no-control-regex -- they are what is escaped
  return `"${bytes.replace(/[\u0000-\u0019",;\\\u007f-\u00ff]/g, escape)}"`
}

const escape = (character: string): string =>
  /["\\]/.test(character)
    ? `\\${character}`
    : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
