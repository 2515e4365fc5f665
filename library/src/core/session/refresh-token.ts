import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { deriveBytes } from '../keys.ts'

/*
 * version (1 byte) ‖ key id (4) ‖ session id (16) ‖ generation (4, big-endian) ‖ HMAC-SHA-256 over
 * all of that (32), in base64url. 57 bytes fill 76 characters exactly, so each token has only one
 * spelling.
 */
const VERSION = 1
const KEY_OFFSET = 1
const SESSION_OFFSET = 5
const GENERATION_OFFSET = 21
const MAC_OFFSET = 25
const BYTES = 57
const CHARACTERS = 76

/**
 * A key for refresh tokens. It is derived from the secret and never stored: a copy of the database
 * does not allow anyone to make refresh tokens.
 */
export interface RefreshKey {
  /** 4 bytes. */
  id: Buffer
  key: KeyObject
}

export function refreshKey(secret: Buffer): RefreshKey {
  return {
    id: deriveBytes(secret, 'refresh token key id', 4),
    key: createSecretKey(deriveBytes(secret, 'refresh token', 32)),
  }
}

/**
 * The refresh token of one generation. It is deterministic: the same arguments give the same token.
 * `sessionId` is 22 characters of base64url.
 */
export function encodeRefreshToken(
  { id, key }: RefreshKey,
  sessionId: string,
  generation: number,
): string {
  const token = Buffer.alloc(BYTES)
  token[0] = VERSION
  id.copy(token, KEY_OFFSET)
  token.write(sessionId, SESSION_OFFSET, 16, 'base64url')
  token.writeUInt32BE(generation, GENERATION_OFFSET)
  mac(key, token).copy(token, MAC_OFFSET)
  return token.toString('base64url')
}

/** Session and generation of an authentic refresh token; null for anything else. Needs no store. */
export function decodeRefreshToken(
  keys: readonly RefreshKey[],
  text: string,
): { sessionId: string; generation: number } | null {
  if (typeof text !== 'string' || text.length !== CHARACTERS) return null
  const token = Buffer.from(text, 'base64url')
  if (token.length !== BYTES || token[0] !== VERSION || token.toString('base64url') !== text)
    return null
  const found = keys.find(({ id }) => id.equals(token.subarray(KEY_OFFSET, SESSION_OFFSET)))
  if (found === undefined || !timingSafeEqual(mac(found.key, token), token.subarray(MAC_OFFSET)))
    return null
  return {
    sessionId: token.toString('base64url', SESSION_OFFSET, GENERATION_OFFSET),
    generation: token.readUInt32BE(GENERATION_OFFSET),
  }
}

/**
 * The CSRF token of a session: 128 bits in base64url. It stays the same for the whole session, so
 * all tabs agree on it across refreshes. Its input cannot be that of a refresh token, which begins
 * with the version byte.
 */
export function csrfValue({ key }: RefreshKey, sessionId: string): string {
  return createHmac('sha256', key).update(`csrf ${sessionId}`).digest().toString('base64url', 0, 16)
}

const mac = (key: KeyObject, token: Buffer): Buffer =>
  createHmac('sha256', key).update(token.subarray(0, MAC_OFFSET)).digest()
