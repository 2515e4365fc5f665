import { COOKIES, HOST_PREFIX, SECURE_PREFIX } from '../../protocol.ts'

export type CookieName = keyof typeof COOKIES

/** What decides which cookie a browser stores a value in, and which requests it sends it with. */
export interface CookieScope {
  /**
   * The word that the names of all cookies begin with; the default is `latchkey`. Two applications
   * on one host need different ones: cookies know no ports. The browser client has the same option.
   */
  name?: string
  /** Other names for single cookies, without their prefix. */
  names?: Partial<Record<'access' | 'refresh' | 'csrf' | 'refreshCsrf', string>>
  /** The default is `/`. With another path, the prefix is `__Secure-` instead of `__Host-`. */
  paths?: Partial<Record<'access' | 'refresh' | 'csrf' | 'refreshCsrf', string>>
  /**
   * Sends the cookies to all subdomains of this domain, with the prefix `__Secure-` instead of
   * `__Host-`. Without it, only the host that set them receives them.
   */
  domain?: string
  /**
   * For an application inside pages of other sites: the browser keeps other cookies for it in each
   * of them (CHIPS). Needs `sameSite: 'none'`.
   */
  partitioned?: boolean
}

/** The attributes of one cookie, without its value and expiry. */
export interface CookieSetting {
  /** With its prefix. */
  name: string
  path: string
  domain: string | null
  secure: boolean
  httpOnly: boolean
  partitioned: boolean
  /** The same cookie with the scopes that it had before: still read, and deleted. */
  previous: readonly CookieSetting[]
  /** Whether browsers may send different values of the name. */
  mayRepeat: boolean
  /**
   * The name with `__Secure-` of a cookie that now has `__Host-`. Other hosts of the domain can set
   * it, so it lets nobody in; but a session that it belongs to can be ended by it.
   */
  weakerName: string | null
}

/**
 * The settings of one cookie. A cookie that had the prefix `__Host-` before is always known: only
 * the host itself can have set it.
 */
export function cookieSetting(
  kind: CookieName | 'device',
  scope: CookieScope,
  previous: readonly CookieScope[],
  secure: boolean,
): CookieSetting {
  const current = scopeOf(kind, scope, secure)
  const implied = [
    { ...scope, domain: undefined, paths: undefined, partitioned: undefined },
    { ...scope, partitioned: undefined },
  ]
  const earlier = new Map(
    [...previous, ...implied].map((other) => {
      const setting = scopeOf(kind, other as CookieScope, secure)
      return [keyOf(setting), setting]
    }),
  )
  earlier.delete(keyOf(current))
  const settings = [...earlier.values()]
  const mayRepeat =
    !current.name.startsWith(HOST_PREFIX) || settings.some(({ name }) => name === current.name)
  const weakerName = current.name.startsWith(HOST_PREFIX)
    ? SECURE_PREFIX + current.name.slice(HOST_PREFIX.length)
    : null
  return { ...current, previous: settings, mayRepeat, weakerName }
}

const keyOf = ({ name, domain, path, partitioned }: CookieSetting): string =>
  [name, domain, path, partitioned].join(' ')

const DEFAULT_WORD = 'latchkey'
const DEFAULT_NAMES = { ...COOKIES, device: 'latchkey-device' }

function scopeOf(
  kind: CookieName | 'device',
  { name: word = DEFAULT_WORD, names, paths, domain: shared, partitioned = false }: CookieScope,
  secure: boolean,
): CookieSetting {
  const isToken = kind !== 'session' && kind !== 'device'
  const name = (isToken && names?.[kind]) || DEFAULT_NAMES[kind].replace(DEFAULT_WORD, word)
  const path = (isToken && paths?.[kind]) || '/'
  // A device is known to one host.
  const domain = (kind !== 'device' && shared) || null
  const prefix = !secure ? '' : path === '/' && domain === null ? HOST_PREFIX : SECURE_PREFIX
  return {
    name: prefix + name,
    path,
    domain,
    secure,
    httpOnly: kind === 'access' || kind === 'refresh' || kind === 'device',
    partitioned,
    previous: [],
    mayRepeat: true,
    weakerName: null,
  }
}
