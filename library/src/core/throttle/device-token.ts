import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Settings } from '../options.ts'
import { accountKey } from './account-key.ts'

type TokenSettings = Pick<Settings, 'refreshKeys' | 'randomId'>

/**
 * Returns a token by which a device is known after a sign-in. It gives no access. `deviceId` is
 * null for a device that was not known before.
 */
export function createDeviceToken(
  settings: TokenSettings,
  accounts: readonly string[],
  deviceId: string | null,
): string {
  const id = deviceId ?? settings.randomId()
  return `${id}.${sign(settings, 0, id, accounts).toString('base64url')}`
}

/** Returns the id of a device that has signed in to this account before; null for any other text. */
export function readDeviceToken(
  settings: TokenSettings,
  accounts: readonly string[],
  text: string | undefined,
): string | null {
  const match = /^([\w-]{22})\.([\w-]{43})$/.exec(text ?? '')
  if (match === null || accounts.length === 0) return null
  const [, id, signature] = match
  const received = Buffer.from(signature!, 'base64url')
  const isSigned = settings.refreshKeys.some((_, index) =>
    timingSafeEqual(sign(settings, index, id!, accounts), received),
  )
  return isSigned ? id! : null
}

/** The account is part of the signature only: the token does not reveal it. */
const sign = (
  { refreshKeys }: TokenSettings,
  index: number,
  id: string,
  accounts: readonly string[],
): Buffer =>
  createHmac('sha256', refreshKeys[index]!.key)
    .update(`device ${JSON.stringify([id, ...accounts.map(accountKey)])}`)
    .digest()
