import {
  createPrivateKey,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
  type JsonWebKey,
} from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './cli/settings.ts'
import { checkDataFolder, readPrivateFile } from './private-files.ts'
import { StartError, systemCode } from './start-error.ts'

/** In each list, the first key signs and all verify. To rotate a key, put a new one first. */
export interface Keys {
  /** Private JWKs for access tokens. */
  keys: JsonWebKey[]
  /** Base64url, for refresh tokens and for keys that are derived from them. */
  secrets: string[]
}

/** The keys as text, or else the data folder with the key file. */
type KeySource = Pick<Config, 'data' | 'keys'>

/** Returns false if neither the keys nor the database are files. */
export const needsDataFolder = ({ keys, databaseUrl }: Config): boolean =>
  keys === null || databaseUrl === null

const FILE = 'keys.json'
const SECRET_BYTES = 32

/**
 * Creates the data folder if it is missing. Throws a `StartError` if it cannot be used, or if other
 * users could read or replace what is in it.
 */
export function prepareDataFolder(folder: string): void {
  orStartError(folder, () => {
    createFolder(folder)
    checkDataFolder(folder)
  })
}

/**
 * Loads the keys, or creates them if there are none. Existing keys are never replaced, even if they
 * are damaged: new keys would end every session. The data folder must exist. Throws a `StartError`
 * if the file is damaged or readable by other users.
 */
export function loadKeys(config: KeySource): Keys
/** With `create: false`, returns null if there are no keys. */
export function loadKeys(config: KeySource, options: { create: boolean }): Keys | null
export function loadKeys(
  { data: folder, keys: keysText }: KeySource,
  { create } = { create: true },
): Keys | null {
  if (keysText !== null)
    return parseKeys(keysText) ?? fail('LATCHKEY_KEYS is not the content of a keys.json file.')
  const file = join(folder, FILE)
  return orStartError(folder, () => {
    const keys = readKeys(file)
    if (keys !== null || !create) return keys
    writeKeys(folder, createKeys())
    return readKeys(file)
  })
}

/** Turns a system error into a `StartError` about the data folder. */
function orStartError<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(
      `Cannot use the data folder ${folder} (${systemCode(error)}). Set LATCHKEY_DATA to a ` +
        'folder that this user may write to.',
    )
  }
}

const fail = (message: string): never => {
  throw new StartError(message)
}

/** Not `mkdirSync` with `recursive`: in `/proc` it never returns. */
function createFolder(folder: string): void {
  if (existsSync(folder)) return
  createFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

function readKeys(file: string): Keys | null {
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

function parseKeys(text: string): Keys | null {
  try {
    const { keys, secrets } = JSON.parse(text) as Partial<Record<keyof Keys, unknown>>
    const isValid =
      isNonEmptyArray(keys) &&
      keys.every(isSigningKey) &&
      isNonEmptyArray(secrets) &&
      secrets.every(isSecret)
    return isValid ? { keys: keys as JsonWebKey[], secrets: secrets as string[] } : null
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

function isSecret(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const bytes = Buffer.from(value, 'base64url')
  return bytes.length >= SECRET_BYTES && bytes.toString('base64url') === value
}

function createKeys(): Keys {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  })
  return {
    keys: [{ ...jwk, alg: 'ES256', use: 'sig' }],
    secrets: [randomBytes(SECRET_BYTES).toString('base64url')],
  }
}

/**
 * Writes a draft and links it: a link is atomic and never replaces a file. If two processes create
 * keys at the same time, one link fails, and that process reads the keys of the other.
 */
export function writeKeys(folder: string, keys: Keys): void {
  const file = join(folder, FILE)
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeSync(descriptor, `${JSON.stringify(keys, null, 2)}\n`)
    fsyncSync(descriptor)
    linkSync(draft, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    closeSync(descriptor)
    unlinkSync(draft)
  }
  syncFolder(folder)
}

/** Makes the name of a new file durable. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** Derives one 32-byte key from each secret, in the same order (HKDF, RFC 5869). */
export function deriveKeys({ secrets }: Keys, purpose: string): Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(
      hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `latchkey-server ${purpose}`, 32),
    ),
  )
}
