import { COOKIES } from '../../protocol.ts'
import {
  cookieSetting,
  type CookieName,
  type CookieScope,
  type CookieSetting,
} from './cookie-settings.ts'
import {
  isNonEmptyArray,
  isBoolean,
  isObjectOf,
  isHeaderName,
  isNonEmptyString,
  isHttpToken,
  type OptionShapes,
} from './validate.ts'

export type { CookieName, CookieScope, CookieSetting } from './cookie-settings.ts'

/** How cookies are set, and what requests with cookies must prove. */
export interface CookieOptions {
  /** Names, paths, domain and lifetime of the cookies. */
  cookies?: CookieScope & {
    /**
     * Names, paths and domains that the cookies had before. They are still read, so nobody is
     * signed out by the change, and are deleted at the next sign-in, refresh or sign-out.
     */
    previous?: readonly CookieScope[]
    /** `persistent` (default): as long as the tokens live. `session`: until the browser closes. */
    lifetime?: 'persistent' | 'session'
  }
  /** Other origins that may send state-changing requests with cookies: `https://app.example`. */
  origins?: readonly string[]
  /**
   * The origins that the application itself is served from, if they are known. Without it, the
   * `Origin` of a browser that sends no `Sec-Fetch-Site` is compared with the header `Host`.
   */
  ownOrigins?: readonly string[]
  /**
   * `lax` (default), `strict` or `none`. With `none`, browsers send the cookies with requests from
   * every site, and only the origin check protects against CSRF.
   */
  sameSite?: 'lax' | 'strict' | 'none'
  /**
   * Sets cookies without `Secure` and without a prefix, for plain http on this machine. Anyone on
   * the network can read them.
   */
  dangerouslyInsecureCookies?: boolean
  /**
   * Double submit, in addition to the origin check: a request with cookies must repeat the claim
   * `csrf` of its token in a header. The defaults of `{}`: every method except GET, HEAD and
   * OPTIONS; the header `X-CSRF-Token`; no form field; and a cookie with the value, readable by
   * scripts.
   */
  csrf?: { methods?: readonly string[]; header?: string; field?: string | null; cookie?: boolean }
}

export interface CsrfSettings {
  /** The methods that are checked. Null: all except GET, HEAD and OPTIONS. */
  methods: ReadonlySet<string> | null
  /** In lower case. */
  header: string
  field: string | null
  cookie: boolean
}

export interface CookieSettings {
  cookies: Readonly<Record<CookieName, CookieSetting>>
  /** The cookie by which a device is known after a sign-in. */
  deviceCookie: CookieSetting
  /** True: the browser deletes the cookies when it closes. */
  sessionCookies: boolean
  /** Both the application's own and others that are allowed. */
  origins: ReadonlySet<string>
  /** Whether the application's own origin is that of the header `Host`. */
  ownOriginIsHost: boolean
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

const SCOPE = {
  name: isCookieWord,
  names: NAMES,
  paths: PATHS,
  domain: isDomain,
  partitioned: isBoolean,
}

const ORIGINS = [
  (value: unknown) => Array.isArray(value) && value.every(isOrigin),
  'an array of origins such as https://app.example, without a path',
] as const

export const COOKIE_SHAPES: OptionShapes<CookieOptions> = {
  cookies: [
    isObjectOf({
      ...SCOPE,
      previous: (value) => Array.isArray(value) && value.every(isObjectOf(SCOPE)),
      lifetime: (value) => value === 'persistent' || value === 'session',
    }),
    '{ name, names, paths, domain, partitioned, previous, lifetime }: a word of letters, digits, ' +
      '"-" and "_"; names and paths by cookie (access, refresh, csrf, refreshCsrf); a host name; ' +
      'true or false; an array of { name, names, paths, domain, partitioned }; and "persistent" ' +
      'or "session"',
  ],
  origins: ORIGINS,
  ownOrigins: ORIGINS,
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
    '{ methods, header, field, cookie }: methods in upper case, a header name, a field name or ' +
      'null, and true or false',
  ],
}

/** Reads the cookie options. Throws a `TypeError` for combinations that browsers would reject. */
export function readCookieOptions(options: CookieOptions): CookieSettings {
  const { sameSite = 'lax', dangerouslyInsecureCookies = false, csrf } = options
  const secure = !dangerouslyInsecureCookies
  if (sameSite === 'none' && !secure)
    throw new TypeError('option "sameSite" "none" needs Secure cookies: browsers reject others')
  const { previous = [], lifetime, ...scope } = options.cookies ?? {}
  if (scope.partitioned && sameSite !== 'none')
    throw new TypeError(
      'option "cookies.partitioned" needs sameSite "none": in a page of another site, browsers ' +
        'send no other cookies',
    )
  const kinds = Object.keys(COOKIES) as CookieName[]
  const cookies = Object.fromEntries(
    kinds.map((kind) => [kind, cookieSetting(kind, scope, previous, secure)]),
  ) as Record<CookieName, CookieSetting>
  if (new Set(Object.values(cookies).map(({ name }) => name)).size !== kinds.length)
    throw new TypeError('option "cookies" gives two cookies the same name')
  return {
    cookies: Object.freeze(cookies),
    deviceCookie: cookieSetting('device', scope, previous, secure),
    sessionCookies: lifetime === 'session',
    origins: new Set([...(options.origins ?? []), ...(options.ownOrigins ?? [])]),
    ownOriginIsHost: options.ownOrigins === undefined,
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

/** Without what is special in a regular expression: the client looks for the name with one. */
function isCookieWord(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]+$/.test(value)
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
/** Methods are case-sensitive: in lower case one would match no request, and check nothing. */
function isMethods(value: unknown): boolean {
  return (
    isNonEmptyArray(value) &&
    value.every((method) => typeof method === 'string' && /^[A-Z]+$/.test(method))
  )
}
