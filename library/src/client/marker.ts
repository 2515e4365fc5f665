import { COOKIES, HOST_PREFIX } from '../protocol.ts'

/** What the cookie that script may read says: which session the browser's cookies belong to. It opens nothing. */
export interface Marker {
  sessionId: string
  generation: number
}

/** The name that no other host can set comes first. */
const NAMES = [HOST_PREFIX + COOKIES.session, COOKIES.session]

export function readMarker(cookies = document.cookie): Marker | null {
  const values = cookies.split('; ')
  const found = NAMES.map((name) => values.find((value) => value.startsWith(`${name}=`))).find(Boolean)
  const [, sessionId, generation] = /=([\w-]+)\.(\d+)$/.exec(found ?? '') ?? []
  return sessionId ? { sessionId, generation: Number(generation) } : null
}

export function eraseMarker(): void {
  document.cookie = `${NAMES[0]}=; Path=/; Max-Age=0; Secure`
  document.cookie = `${NAMES[1]}=; Path=/; Max-Age=0`
}
