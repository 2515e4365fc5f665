import type { COOKIES, HOST_PREFIX } from '../../protocol.ts'

/** What the cookie that script may read says: which session the browser's cookies belong to, if any. It opens nothing. */
export interface Marker {
  sessionId: string | undefined
  generation: number
}

export interface MarkerCookie {
  read(): Marker
  erase(): void
}

const NAME: typeof COOKIES.session = 'latchkey-session'
const PREFIX: typeof HOST_PREFIX = '__Host-'

/** The name that no other host can set comes first. */
export function readMarker(cookies: string): Marker {
  const find = (prefix: string) => cookies.match(`(?:^|; )${prefix}${NAME}=([\\w-]+)\\.(\\d+)`)
  const [, sessionId, generation] = find(PREFIX) ?? find('') ?? []
  return { sessionId, generation: Number(generation) }
}

export const marker: MarkerCookie = {
  read: () => readMarker(document.cookie),
  erase() {
    const cookie = `${NAME}=; Path=/; Max-Age=0`
    document.cookie = cookie
    document.cookie = `${PREFIX}${cookie}; Secure`
  },
}
