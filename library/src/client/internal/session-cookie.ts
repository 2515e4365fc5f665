import { refuse } from './options.ts'

/**
 * The value of the cookie that scripts may read: the session that the browser's cookies belong to,
 * if any.
 */
export interface CookieValue {
  sessionId: string | undefined
  generation: number
}

export type ReadSessionCookie = () => CookieValue

/**
 * Prefers the name with `__Host-`, which no other host can set (RFC 6265bis, section 4.1.3.2). Only
 * on plain http does the name without a prefix count. Of several cookies the last is the newest.
 */
export function parseSessionCookie(name: string, cookies: string, secure: boolean): CookieValue {
  const find = (prefix: string) =>
    cookies.match(`(?:.*; |^)${prefix}${name}-session=([\\w-]+)\\.(\\d+)`)
  const [, sessionId, generation] =
    find('__Host-') ?? find('__Secure-') ?? (secure ? [] : (find('') ?? []))
  return { sessionId, generation: Number(generation) }
}

/** Throws a TypeError for a name that the cookies of a server cannot have. */
export function createCookieReader(name: string): ReadSessionCookie {
  if (!/^[\w-]+$/.test(name)) refuse(name, 'a name for cookies')
  return () => parseSessionCookie(name, document.cookie, location.protocol === 'https:')
}
