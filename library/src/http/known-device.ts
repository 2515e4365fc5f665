import type { Settings } from '../core/options.ts'
import { createDeviceToken, readDeviceToken } from '../core/throttle/device-token.ts'
import { DEVICE_HEADER, type Mode } from '../protocol.ts'
import { readCandidates, setCookieOf } from './cookies.ts'
import type { RequestView } from './request.ts'

/** Seconds: 400 days, the longest that browsers keep a cookie (RFC 6265bis, section 5.5). */
const LIFETIME = 400 * 24 * 60 * 60

/**
 * Returns the id of the device that sent a request if it has signed in to this account before: by
 * its cookie, or by the header `Latchkey-Device` of a client without cookies. Else null.
 */
export function knownDevice(
  settings: Settings,
  view: RequestView,
  accounts: readonly string[],
): string | null {
  const tokens = [
    view.header(DEVICE_HEADER),
    ...readCandidates(view.header('cookie'), settings.deviceCookie),
  ]
  for (const token of tokens) {
    const device = readDeviceToken(settings, accounts, token)
    if (device !== null) return device
  }
  return null
}

/** The response header that makes a device known after a sign-in. */
export function knownDeviceHeader(
  settings: Settings,
  accounts: readonly string[],
  deviceId: string | null,
  mode: Mode,
): readonly [name: string, value: string] {
  const token = createDeviceToken(settings, accounts, deviceId)
  if (mode === 'header') return ['Latchkey-Device', token]
  // Kept when the browser closes, unlike the cookies of a session.
  const persistent = { ...settings, sessionCookies: false }
  return ['Set-Cookie', setCookieOf(persistent, settings.deviceCookie, token, LIFETIME)]
}
