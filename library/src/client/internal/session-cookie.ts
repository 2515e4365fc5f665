import type { COOKIES, HOST_PREFIX } from '../../protocol.ts'

/**
 * The value of the cookie that scripts may read: the session that the browser's cookies belong to,
 * if any.
 */
export interface CookieValue {
  sessionId: string | undefined
  generation: number
}

export interface SessionCookie {
  read(): CookieValue
  clear(): void
}

const NAME: typeof COOKIES.session = 'latchkey-session'
const PREFIX: typeof HOST_PREFIX = '__Host-'

/**
 * Reads the name with `__Host-`, which no other host can set (RFC 6265bis, section 4.1.3.2). Only
 * on plain http does the name without it count.
 */
export function parseSessionCookie(cookies: string, secure: boolean): CookieValue {
  const find = (prefix: string) => cookies.match(`(?:^|; )${prefix}${NAME}=([\\w-]+)\\.(\\d+)`)
  const [, sessionId, generation] = find(PREFIX) ?? (secure ? [] : (find('') ?? []))
  return { sessionId, generation: Number(generation) }
}

export const sessionCookie: SessionCookie = {
  read: () => parseSessionCookie(document.cookie, location.protocol === 'https:'),
  clear() {
    const cookie = `${NAME}=; Path=/; Max-Age=0`
    document.cookie = cookie
    document.cookie = `${PREFIX}${cookie}; Secure`
  },
}
