import { readCookie as readFrom } from 'latchkey'
import { COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import type { Context } from 'hono'
import { DEVICE_COOKIE } from './device-cookie.ts'

/** The cookies that the server reads. `lang` and `js` are no secrets, and a script sets one of them. */
const NAMES = { ...COOKIES, device: DEVICE_COOKIE }

/** The name of a cookie as it is sent: over https with the prefix that keeps other hosts from setting it. */
export const cookieName = (secure: boolean, name: keyof typeof NAMES): string =>
  (secure ? HOST_PREFIX : '') + NAMES[name]

/** One cookie of a request; undefined where it is missing, empty, or there twice. */
export const readCookie = (context: Context, name: string): string | undefined =>
  readFrom(context.req.header('cookie'), name)

interface Attributes {
  /** Seconds. */
  life: number
  secure: boolean
}

/** A `Set-Cookie` value for a cookie that no script reads. `name` and `value` are our own. */
export function setCookie(name: string, value: string, { life, secure }: Attributes): string {
  return [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${life}`,
    ...(secure ? ['Secure'] : []),
    'HttpOnly',
    'SameSite=Lax',
  ].join('; ')
}
