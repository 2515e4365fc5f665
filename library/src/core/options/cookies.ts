import { COOKIES, HOST_PREFIX, SECURE_PREFIX } from '../../protocol.ts'
import {
  isNonEmptyArray,
  isBoolean,
  isObjectOf,
  isHeaderName,
  isNonEmptyString,
  isHttpToken,
  type OptionShapes,
} from './validate.ts'

export type CookieName = keyof typeof COOKIES

/** How cookies are set, and what a request that rides on them must show. */
export interface CookieOptions {
  /** Names without their prefix, paths, domain, and whether the browser forgets them when it closes. */
  cookies?: {
    names?: Partial<Record<'access' | 'refresh' | 'csrf' | 'refreshCsrf', string>>
    /** `/` for each. Another path takes `__Host-` away. */
    paths?: Partial<Record<'access' | 'refresh' | 'csrf' | 'refreshCsrf', string>>
    /** Sends the tokens to every host below it, and takes `__Host-` away. Without it only the host that set them gets them. */
    domain?: string
    /** `persistent` (the default): as long as the tokens live. `session`: until the browser closes. */
    lifetime?: 'persistent' | 'session'
  }
  /** Origins whose pages may send cookies with a changing request, such as `https://app.example`. */
  origins?: readonly string[]
  /** `lax` (the default), `strict`, or `none`: the cookies come with requests from every site, and the checks of their origin stand alone. */
  sameSite?: 'lax' | 'strict' | 'none'
  /** Cookies without `Secure` and without the prefix `__Host-`, for plain http on this machine. Anybody on the network can read them. */
  dangerouslyInsecureCookies?: boolean
  /**
   * Double submit: beside the check of the origin, a request that rides on cookies must repeat the claim `csrf` of its token in a header.
   * `{}` takes the defaults: every method but GET, HEAD and OPTIONS, `X-CSRF-Token`, no form field, and a cookie that script may read.
   */
  csrf?: { methods?: readonly string[]; header?: string; field?: string | null; cookie?: boolean }
}

/** One cookie as it is set: everything but its value and its life. */
export interface CookieSetting {
  name: string
  path: string
  domain: string | null
  secure: boolean
  httpOnly: boolean
}

export interface CsrfSettings {
  /** Null: every method that may change something. */
  methods: ReadonlySet<string> | null
  /** In lower case. */
  header: string
  field: string | null
  cookie: boolean
}

export interface CookieSettings {
  cookies: Readonly<Record<CookieName, CookieSetting>>
  /** Where the browser is to forget the cookies when it closes. */
  sessionCookies: boolean
  origins: ReadonlySet<string>
  sameSite: 'Lax' | 'Strict' | 'None'
  secureCookies: boolean
  csrf: CsrfSettings | null
}

const SAME_SITES = { lax: 'Lax', strict: 'Strict', none: 'None' } as const
const NAMES = isObjectOf({
  access: isHttpToken,
  refresh: isHttpToken,
  csrf: isHttpToken,
  refreshCsrf: isHttpToken,
})
const PATHS = isObjectOf({ access: isPath, refresh: isPath, csrf: isPath, refreshCsrf: isPath })

export const COOKIE_SHAPES: OptionShapes<CookieOptions> = {
  cookies: [
    isObjectOf({
      names: NAMES,
      paths: PATHS,
      domain: isDomain,
      lifetime: (value) => value === 'persistent' || value === 'session',
    }),
    '{ names, paths, domain, lifetime }: names and paths of access, refresh, csrf and refreshCsrf, a host name, "persistent" or "session"',
  ],
  origins: [
    (value) => Array.isArray(value) && value.every(isOrigin),
    'an array of origins such as https://app.example, without a path',
  ],
  sameSite: [
    (value) => typeof value === 'string' && Object.hasOwn(SAME_SITES, value),
    '"lax", "strict" or "none"',
  ],
  dangerouslyInsecureCookies: [isBoolean, 'true or false'],
  csrf: [
    isObjectOf({
      methods: isMethods,
      header: isHeaderName,
      field: (value) => value === null || isNonEmptyString(value),
      cookie: isBoolean,
    }),
    '{ methods, header, field, cookie }: methods in capitals, the name of a header, of a form field or null, true or false',
  ],
}

export function readCookieOptions(options: CookieOptions): CookieSettings {
  const { cookies = {}, sameSite = 'lax', dangerouslyInsecureCookies = false, csrf } = options
  const secure = !dangerouslyInsecureCookies
  if (sameSite === 'none' && !secure)
    throw new TypeError(
      'option "sameSite" "none" needs cookies with Secure: browsers take no other',
    )
  const settingOf = (kind: CookieName): CookieSetting => {
    // The cookie that names the session is read by the page that set it, and by no other host.
    const own =
      kind === 'session'
        ? {}
        : { name: cookies.names?.[kind], path: cookies.paths?.[kind], domain: cookies.domain }
    const { name = COOKIES[kind], path = '/', domain = null } = own
    const prefix = !secure ? '' : path === '/' && domain === null ? HOST_PREFIX : SECURE_PREFIX
    return {
      name: prefix + name,
      path,
      domain,
      secure,
      httpOnly: kind === 'access' || kind === 'refresh',
    }
  }
  const settings = Object.fromEntries(
    Object.keys(COOKIES).map((kind) => [kind, settingOf(kind as CookieName)]),
  ) as Record<CookieName, CookieSetting>
  if (
    new Set(Object.values(settings).map(({ name }) => name)).size !== Object.keys(settings).length
  ) {
    throw new TypeError('option "cookies" gives one name to two cookies')
  }
  return {
    cookies: Object.freeze(settings),
    sessionCookies: cookies.lifetime === 'session',
    origins: new Set(options.origins),
    sameSite: SAME_SITES[sameSite],
    secureCookies: secure,
    csrf: csrf === undefined ? null : readCsrf(csrf),
  }
}

function readCsrf({
  methods,
  header = 'x-csrf-token',
  field = null,
  cookie = true,
}: NonNullable<CookieOptions['csrf']>): CsrfSettings {
  return {
    methods: methods === undefined ? null : new Set(methods),
    header: header.toLowerCase(),
    field,
    cookie,
  }
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}
function isPath(value: unknown): boolean {
  return typeof value === 'string' && /^\/[^;,\s\p{Cc}]*$/u.test(value)
}
function isDomain(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(value)
}
/** In small letters a method would never be met, and its requests would pass unchecked. */
function isMethods(value: unknown): boolean {
  return (
    isNonEmptyArray(value) &&
    value.every((each) => typeof each === 'string' && /^[A-Z]+$/.test(each))
  )
}
