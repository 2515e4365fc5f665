import { generateKeyPairSync, hkdfSync, randomBytes, type JsonWebKey } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './cli/settings.ts'
import { parseKeys, readKeys, SECRET_BYTES, writeKeys, type Keys } from './key-file.ts'
import { checkDataFolder } from './private-files.ts'
import { StartError, systemCode } from './start-error.ts'

export type { Keys } from './key-file.ts'

/** The keys as text, or else the data folder with the key file. */
type KeySource = Pick<Config, 'data' | 'keys'>

/** Returns false if neither the keys nor the database are files. */
export const needsDataFolder = ({ keys, databaseUrl }: Config): boolean =>
  keys === null || databaseUrl === null

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
  return orStartError(folder, () => {
    const keys = readKeys(folder)
    if (keys !== null || !create) return keys
    writeKeys(folder, createKeys())
    return readKeys(folder)
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

export function createSigningKey(): JsonWebKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }
}

function createKeys(): Keys {
  return {
    keys: [createSigningKey()],
    secrets: [randomBytes(SECRET_BYTES).toString('base64url')],
  }
}

/** Derives one 32-byte key from each secret, in the same order (HKDF, RFC 5869). */
export function deriveKeys({ secrets }: Keys, purpose: string): Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(
      hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `latchkey-server ${purpose}`, 32),
    ),
  )
}
