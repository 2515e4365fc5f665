import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** The name of the cookie, before any prefix. */
export const DEVICE_COOKIE = 'latchkey-device'

/** 400 days, the longest that browsers keep a cookie (RFC 6265bis, section 5.5). Seconds. */
export const DEVICE_LIFETIME = 400 * 24 * 60 * 60

export interface DeviceCookies {
  /** The value for a device that has just signed in to an account; the device keeps the id that it may have. */
  make(userId: string, deviceId: string | null): string
  /** The device, where it has signed in to this account before. */
  read(value: string | undefined, userId: string): string | null
}

const sign = (key: Buffer, deviceId: string, userId: string): Buffer =>
  createHmac('sha256', key).update(`${deviceId} ${userId}`).digest()

/**
 * A cookie that opens nothing: it only shows that this browser knew the account's password once, so that guesses of others do not slow
 * it down. The account stands in the signature alone.
 */
export function deviceCookies(keys: readonly Buffer[]): DeviceCookies {
  return {
    make(userId, deviceId) {
      const id = deviceId ?? randomBytes(16).toString('base64url')
      return `${id}.${sign(keys[0]!, id, userId).toString('base64url')}`
    },
    read(value, userId) {
      const match = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(value ?? '')
      if (match === null) return null
      const given = Buffer.from(match[2]!, 'base64url')
      return keys.some((key) => timingSafeEqual(sign(key, match[1]!, userId), given))
        ? match[1]!
        : null
    },
  }
}
