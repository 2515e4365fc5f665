import { readCookie as readFrom } from 'latchkey'
import { COOKIES, HOST_PREFIX } from 'latchkey/protocol'
import type { Context } from 'hono'
import { DEVICE_COOKIE } from '../accounts/known-devices.ts'

const NAMES = { ...COOKIES, device: DEVICE_COOKIE }

/**
 * Returns the name on the wire. With https it has the prefix `__Host-`, which keeps other hosts of
 * the domain from setting the cookie (RFC 6265bis, section 4.1.3).
 */
export const cookieName = (secure: boolean, name: keyof typeof NAMES): string =>
  (secure ? HOST_PREFIX : '') + NAMES[name]

/** Returns a cookie of a request, or undefined if it is missing, empty or duplicated. */
export const readCookie = (context: Context, name: string): string | undefined =>
  readFrom(context.req.header('cookie'), name)

interface CookieAttributes {
  /** Seconds. */
  lifetime: number
  secure: boolean
}

/**
 * Returns a `Set-Cookie` value for a cookie that scripts cannot read. Does not escape the value.
 */
export function setCookie(
  name: string,
  value: string,
  { lifetime, secure }: CookieAttributes,
): string {
  return [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${lifetime}`,
    ...(secure ? ['Secure'] : []),
    'HttpOnly',
    'SameSite=Lax',
  ].join('; ')
}
