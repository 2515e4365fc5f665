import type { COOKIES, HOST_PREFIX } from '../protocol.ts'

/** What the cookie that script may read says: which session the browser's cookies belong to. It opens nothing. */
export interface Marker {
  sessionId: string
  generation: number
}

const NAME: typeof COOKIES.session = 'latchkey-session'
const PREFIX: typeof HOST_PREFIX = '__Host-'

/** The name that no other host can set comes first. */
export const readMarker = (cookies = document.cookie): Marker | null => find(PREFIX, cookies) ?? find('', cookies)

function find(prefix: string, cookies: string): Marker | null {
  const [, sessionId, generation] = new RegExp(`(?:^|; )${prefix}${NAME}=([\\w-]+)\\.(\\d+)(?:;|$)`).exec(cookies) ?? []
  return sessionId ? { sessionId, generation: Number(generation) } : null
}

export function eraseMarker(): void {
  const cookie = `${NAME}=; Path=/; Max-Age=0`
  document.cookie = cookie
  document.cookie = `${PREFIX}${cookie}; Secure`
}
