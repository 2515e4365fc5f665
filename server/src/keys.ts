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
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './cli/config.ts'
import { StartError, systemCode } from './start-error.ts'

/** What the server signs with. Of several the first signs and all are accepted, so that a new one can be put in front. */
export interface Keys {
  /** Private JWKs for access tokens. */
  keys: JsonWebKey[]
  /** In base64url; refresh tokens, and what is derived for the server's own purposes. */
  secrets: string[]
}

/** The keys themselves, or the folder of the file that they are in. */
type KeyPlace = Pick<Config, 'data' | 'keys'>

const FILE = 'keys.json'
const SECRET_BYTES = 32

/**
 * The keys of a data folder. They are made at the first start and never again: new keys over old ones would sign everybody out.
 * Throws a `StartError` where the file is open to others, or is not what we wrote.
 */
export function loadKeys(config: KeyPlace): Keys
/** Null where there are none and none may be made. */
export function loadKeys(config: KeyPlace, options: { make: boolean }): Keys | null
export function loadKeys(
  { data: folder, keys: given }: KeyPlace,
  { make } = { make: true },
): Keys | null {
  const file = join(folder, FILE)
  try {
    makeFolder(folder)
    if (given !== null)
      return parseKeys(given) ?? fail('LATCHKEY_KEYS is not what stands in a keys.json.')
    const keys = readKeys(file)
    if (keys !== null || !make) return keys
    writeKeys(folder, file, makeKeys())
    return readKeys(file)
  } catch (error) {
    if (error instanceof StartError) throw error
    throw new StartError(
      `The data folder ${folder} cannot be used (${systemCode(error)}). Set LATCHKEY_DATA to a folder that this user may write to.`,
    )
  }
}

const fail = (message: string): never => {
  throw new StartError(message)
}

/** Folder by folder: Node's own way to make them all never comes back where the file system takes no folders, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

function readKeys(file: string): Keys | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
  // Windows has no such modes; there the folder's access list decides.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new StartError(
      `${file} can be read by other users of this machine. Close it with: chmod 600 ${file}`,
    )
  }
  const keys = parseKeys(text)
  if (keys === null)
    throw new StartError(
      `${file} is damaged. Put back a copy of it: new keys would sign everybody out, so none are made while it is there.`,
    )
  return keys
}

function parseKeys(text: string): Keys | null {
  try {
    const { keys, secrets } = JSON.parse(text) as Partial<Record<keyof Keys, unknown>>
    const sound =
      isFilled(keys) && keys.every(isSigningKey) && isFilled(secrets) && secrets.every(isSecret)
    return sound ? { keys: keys as JsonWebKey[], secrets: secrets as string[] } : null
  } catch {
    return null
  }
}

const isFilled = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0

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

function makeKeys(): Keys {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  })
  return {
    keys: [{ ...jwk, alg: 'ES256', use: 'sig' }],
    secrets: [randomBytes(SECRET_BYTES).toString('base64url')],
  }
}

/** A link is made whole or not at all and never replaces a file, so that of two first starts one wins and the other reads its keys. */
function writeKeys(folder: string, file: string, keys: Keys): void {
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

/** The name of a new file is on disk only when its folder is. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

/** Keys for one purpose of the server's own (RFC 5869), one of each secret, in their order. */
export function deriveKeys({ secrets }: Keys, purpose: string): Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(
      hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `latchkey-server ${purpose}`, 32),
    ),
  )
}
