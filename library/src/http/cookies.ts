import type { CookieName } from '../core/options/cookies.ts'
import type { Settings } from '../core/options.ts'
import type { TokenSet } from '../core/session/token-set.ts'

/** The value of one cookie; undefined where it is missing, empty, or sent twice: then somebody else may have set one of them. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  const start = `${name}=`
  const found = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
  return found.length === 1 ? found[0]!.slice(start.length) || undefined : undefined
}

/**
 * `Set-Cookie` values for a set of tokens. All three live as long as the session: an access cookie that went with its token would leave
 * a page unable to tell "expired" from "never signed in". The server's own times decide in any case. Where the refresh token is not
 * `changed`, it and the readable cookie beside it stay as they are in the browser.
 */
export function tokenCookies(settings: Settings, tokens: TokenSet, changed: boolean): string[] {
  const life = tokens.refreshExpiresIn
  const access = [setCookie(settings, 'access', tokens.accessToken, life)]
  if (settings.csrf?.cookie && tokens.csrf !== null)
    access.push(setCookie(settings, 'csrf', tokens.csrf, life))
  if (!changed) return access
  const all = [
    ...access,
    setCookie(settings, 'refresh', tokens.refreshToken, life),
    setCookie(settings, 'session', `${tokens.sessionId}.${tokens.generation}`, life),
  ]
  if (tokens.generation === 0) checkSize(all)
  return all
}

/** Bytes of all cookies together, as a browser sends them with every request. */
const MOST = 2048

/** At sign-in, where whoever chose the claims sees it: a browser drops cookies that are too large without a word, and proxies refuse them. */
function checkSize(cookies: readonly string[]): void {
  const size = cookies.reduce((sum, cookie) => sum + cookie.split(';', 1)[0]!.length + 2, 0)
  if (size > MOST)
    throw new TypeError(
      `the cookies would take ${size} bytes of at most ${MOST}: give the session fewer claims, and keep the rest in your own database`,
    )
}

/** `Set-Cookie` values that take the cookies away. */
export function clearCookies(settings: Settings): string[] {
  const names = (Object.keys(settings.cookies) as CookieName[]).filter(
    (name) => settings.csrf !== null || !name.toLowerCase().includes('csrf'),
  )
  return names.map((name) => setCookie(settings, name, '', 0))
}

/** One `Set-Cookie` value; `life` in seconds. */
export function setCookie(
  settings: Settings,
  name: CookieName,
  value: string,
  life: number,
  domain = settings.cookies[name].domain,
): string {
  const setting = settings.cookies[name]
  const attributes = [
    `${setting.name}=${value}`,
    domain === null ? '' : `Domain=${domain}`,
    `Path=${setting.path}`,
    settings.sessionCookies && life > 0 ? '' : `Max-Age=${life}`,
    setting.secure ? 'Secure' : '',
    setting.httpOnly ? 'HttpOnly' : '',
    `SameSite=${settings.sameSite}`,
  ]
  return attributes.filter((attribute) => attribute !== '').join('; ')
}
