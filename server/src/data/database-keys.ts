import { deriveKeys, loadKeys, type Keys } from '../keys.ts'
import { StartError } from '../start-error.ts'
import type { Data, DataOptions } from './data.ts'

/**
 * Loads the keys and checks that the database was used with them. With other keys, a process would
 * refuse the tokens of the others, or every session there is. Creates keys only for a database that
 * has not been used. Throws a `StartError`.
 */
export async function loadDatabaseKeys(
  { config, create = true }: DataOptions,
  { keyRegistry, users }: Pick<Data, 'keyRegistry' | 'users'>,
): Promise<Keys> {
  const isNew = (await keyRegistry.isEmpty()) && (await users.isEmpty())
  const keys = loadKeys(config, { create: create && (isNew || config.dangerouslyReplaceKeys) })
  if (keys === null) throw new StartError(`${missingKeys(config.data)} ${HOW_TO_GO_ON}`)
  const fingerprints = fingerprintsOf(keys)
  if (await keyRegistry.register(fingerprints)) return keys
  if (!create || !config.dangerouslyReplaceKeys)
    throw new StartError(`${OTHER_KEYS} ${HOW_TO_GO_ON}`)
  await keyRegistry.replace(fingerprints)
  return keys
}

const missingKeys = (folder: string): string =>
  `There is no keys.json in ${folder}, but the database was used with keys. Restore it from a ` +
  'backup, copy that of another process that uses the database, or set LATCHKEY_KEYS to its content.'

const OTHER_KEYS =
  'The database is used with other keys than those of this process. Copy keys.json from the ' +
  'data folder of another process that uses the database, or from a backup, or set LATCHKEY_KEYS ' +
  'to its content.'

const HOW_TO_GO_ON =
  'If they are lost, start once with LATCHKEY_DANGEROUSLY_REPLACE_KEYS=true: every user must ' +
  'then sign in again.'

const fingerprintsOf = (keys: Keys): string[] =>
  deriveKeys(keys, 'key fingerprint').map((fingerprint) => fingerprint.toString('base64url'))
