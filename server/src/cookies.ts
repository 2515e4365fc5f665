import { COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import type { Context } from 'hono'
import { DEVICE_COOKIE } from './device-cookie.ts'

/** The cookies that the server reads. `lang` and `js` are no secrets, and a script sets one of them. */
const NAMES = { ...COOKIES, device: DEVICE_COOKIE }

/** The name of a cookie as it is sent: over https with the prefix that keeps other hosts from setting it. */
export const cookieName = (secure: boolean, name: keyof typeof NAMES): string => (secure ? HOST_PREFIX : '') + NAMES[name]

/** One cookie of a request; undefined where it is missing, empty, or there twice: then somebody else may have set one of them. */
export function readCookie(context: Context, name: string): string | undefined {
  const start = `${name}=`
  const pairs = (context.req.header('cookie') ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(start))
  return found.length === 1 ? found[0]!.slice(start.length) || undefined : undefined
}

interface Attributes {
  /** Seconds. */
  life: number
  secure: boolean
}

/** A `Set-Cookie` value for a cookie that no script reads. `name` and `value` are our own. */
export function setCookie(name: string, value: string, { life, secure }: Attributes): string {
  return [`${name}=${value}`, 'Path=/', `Max-Age=${life}`, ...(secure ? ['Secure'] : []), 'HttpOnly', 'SameSite=Lax'].join('; ')
}
