import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { User } from './users.ts'

/** The cookie name, before any prefix. */
export const DEVICE_COOKIE = 'latchkey-device'

/** Seconds: 400 days, the longest that browsers keep a cookie (RFC 6265bis, section 5.5). */
export const DEVICE_LIFETIME = 400 * 24 * 60 * 60

/** A new password voids the cookies of all devices. */
export type DeviceAccount = Pick<User, 'id' | 'passwordVersion'>

export interface KnownDevices {
  /**
   * Returns the cookie value for a device that has just signed in to an account. `deviceId` is its
   * id if it is already known, or null for a new one.
   */
  createCookie(account: DeviceAccount, deviceId: string | null): string
  /**
   * Returns the id of the device, or null if it has not signed in to this account before, or not
   * since its password was changed.
   */
  readCookie(value: string | undefined, account: DeviceAccount): string | null
}

const sign = (key: Buffer, deviceId: string, account: DeviceAccount): Buffer =>
  createHmac('sha256', key).update(`${deviceId} ${account.id} ${account.passwordVersion}`).digest()

/**
 * Recognises browsers that have signed in to an account before, by a cookie that grants nothing.
 * Failed sign-ins from elsewhere do not slow down a known device. The account is part of the
 * signature only, so the cookie does not reveal it. The first key signs, every key verifies.
 */
export function knownDevices(keys: readonly Buffer[]): KnownDevices {
  return {
    createCookie(account, deviceId) {
      const id = deviceId ?? randomBytes(16).toString('base64url')
      return `${id}.${sign(keys[0]!, id, account).toString('base64url')}`
    },
    readCookie(value, account) {
      const match = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(value ?? '')
      if (match === null) return null
      const [, id, signature] = match
      const received = Buffer.from(signature!, 'base64url')
      return keys.some((key) => timingSafeEqual(sign(key, id!, account), received)) ? id! : null
    },
  }
}
