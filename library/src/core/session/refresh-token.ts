import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { deriveBytes } from '../keys.ts'

/**
 * version (1 byte) ‖ key id (4) ‖ session id (16) ‖ generation (4, big-endian) ‖ HMAC-SHA-256 over all of that (32), in base64url.
 * 57 bytes are 76 characters without a spare bit, so that each token has one spelling.
 */
const VERSION = 1
const KEY_AT = 1
const SESSION_AT = 5
const COUNTER_AT = 21
const MAC_AT = 25
const BYTES = 57
const CHARACTERS = 76

/** A key for refresh tokens. It is derived from the secret and never stored, so that a copy of the database opens nothing. */
export interface RefreshKey {
  id: Buffer
  key: KeyObject
}

export function refreshKey(secret: Buffer): RefreshKey {
  return {
    id: deriveBytes(secret, 'refresh token key id', 4),
    key: createSecretKey(deriveBytes(secret, 'refresh token', 32)),
  }
}

/** The refresh token of one generation: the same bytes however often it is made. `sessionId` is 22 characters of base64url. */
export function encodeRefreshToken(
  { id, key }: RefreshKey,
  sessionId: string,
  generation: number,
): string {
  const token = Buffer.alloc(BYTES)
  token[0] = VERSION
  id.copy(token, KEY_AT)
  token.write(sessionId, SESSION_AT, 16, 'base64url')
  token.writeUInt32BE(generation, COUNTER_AT)
  mac(key, token).copy(token, MAC_AT)
  return token.toString('base64url')
}

/** What an authentic refresh token names; null for anything else, found out without the store. */
export function decodeRefreshToken(
  keys: readonly RefreshKey[],
  text: string,
): { sessionId: string; generation: number } | null {
  if (typeof text !== 'string' || text.length !== CHARACTERS) return null
  const token = Buffer.from(text, 'base64url')
  if (token.length !== BYTES || token[0] !== VERSION || token.toString('base64url') !== text)
    return null
  const found = keys.find(({ id }) => id.equals(token.subarray(KEY_AT, SESSION_AT)))
  if (found === undefined || !timingSafeEqual(mac(found.key, token), token.subarray(MAC_AT)))
    return null
  return {
    sessionId: token.toString('base64url', SESSION_AT, COUNTER_AT),
    generation: token.readUInt32BE(COUNTER_AT),
  }
}

/**
 * What a page must repeat beside the cookies of a session: one value for its whole life, so that tabs agree on it however often the
 * tokens are renewed. It opens nothing. No token begins with its first byte.
 */
export function csrfValue({ key }: RefreshKey, sessionId: string): string {
  return createHmac('sha256', key).update(`csrf ${sessionId}`).digest().toString('base64url', 0, 16)
}

const mac = (key: KeyObject, token: Buffer): Buffer =>
  createHmac('sha256', key).update(token.subarray(0, MAC_AT)).digest()
