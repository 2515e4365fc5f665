import { createPrivateKey, randomBytes, type JsonWebKey } from 'node:crypto'
import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { readPrivateFile } from './private-files.ts'
import { StartError, systemCode } from './start-error.ts'

/** In each list, the first key signs and all verify. To rotate a key, put a new one first. */
export interface Keys {
  /** Private JWKs for access tokens. */
  keys: JsonWebKey[]
  /** Base64url, for refresh tokens and for keys that are derived from them. */
  secrets: string[]
  /** While a new signing key replaces the first one. `at` is in milliseconds since 1970. */
  rotation?: { step: 'published' | 'signing'; at: number }
}

const FILE = 'keys.json'
/** The length of a secret. */
export const SECRET_BYTES = 32

/**
 * Reads the key file. Returns null if there is none. Throws a `StartError` if it is damaged or not
 * private.
 */
export function readKeys(folder: string): Keys | null {
  const file = join(folder, FILE)
  let text: string
  try {
    text = readPrivateFile(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
  const keys = parseKeys(text)
  if (keys === null)
    throw new StartError(
      `${file} is damaged. Restore it from a backup. The server does not replace it: new keys ` +
        'would end every session.',
    )
  return keys
}

/** Returns null if the text is not the content of a key file. */
export function parseKeys(text: string): Keys | null {
  try {
    const { keys, secrets, rotation } = JSON.parse(text) as Partial<Record<keyof Keys, unknown>>
    const isValid =
      isNonEmptyArray(keys) &&
      keys.every(isSigningKey) &&
      isNonEmptyArray(secrets) &&
      secrets.every(isSecret) &&
      (rotation === undefined || isRotation(rotation))
    if (!isValid) return null
    const read = { keys: keys as JsonWebKey[], secrets: secrets as string[] }
    return rotation === undefined ? read : { ...read, rotation }
  } catch {
    return null
  }
}

const isNonEmptyArray = (value: unknown): value is unknown[] =>
  Array.isArray(value) && value.length > 0

function isSigningKey(jwk: unknown): boolean {
  return (
    createPrivateKey({ key: jwk as never, format: 'jwk' }).asymmetricKeyDetails?.namedCurve ===
      'prime256v1' && (jwk as { alg?: unknown }).alg === 'ES256'
  )
}

function isRotation(value: unknown): value is NonNullable<Keys['rotation']> {
  const { step, at } = Object(value) as Record<string, unknown>
  return (step === 'published' || step === 'signing') && Number.isSafeInteger(at)
}

function isSecret(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length >= SECRET_BYTES && bytes.toString('base64url') === value
}

/**
 * Writes a draft and links it: a link is atomic and never replaces a file. If two processes create
 * keys at the same time, one link fails, and that process reads the keys of the other.
 */
export function writeKeys(folder: string, keys: Keys): void {
  const draft = writeDraft(folder, keys)
  try {
    linkSync(draft, join(folder, FILE))
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  syncFolder(folder)
}

/** Replaces the key file at once: whoever reads it gets the old keys or the new ones. */
export function replaceKeys(folder: string, keys: Keys): void {
  const file = join(folder, FILE)
  const draft = writeDraft(folder, keys)
  const { uid, gid } = statSync(file)
  // The administrator may be root, and the server another user.
  chownSync(draft, uid, gid)
  renameSync(draft, file)
  syncFolder(folder)
}

/** Returns the path of a new file with the keys, readable by its owner only. */
function writeDraft(folder: string, keys: Keys): string {
  const draft = join(folder, `${FILE}.${randomBytes(8).toString('hex')}`)
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeSync(descriptor, `${JSON.stringify(keys, null, 2)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return draft
}

/** Makes the name of a new file durable. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
