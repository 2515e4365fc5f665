import { deriveKeys, loadKeys, type Keys } from '../keys.ts'
import { StartError, systemCode } from '../start-error.ts'
import type { Data, DataSource, Keyring } from './data.ts'
import { openPostgres } from './postgres/postgres.ts'
import { openRedis } from './redis/redis.ts'
import { openSqlite } from './sqlite/sqlite.ts'

/** Opens what the settings name, and reads the keys that fit it. Throws a `StartError`. */
export async function openData(source: DataSource): Promise<{ data: Data; keys: Keys }> {
  const { config } = source
  if (config.databaseUrl === null && config.redisUrl === null) {
    // The keys come first: they make the folder.
    const keys = loadKeys(config)
    return { keys, data: openSqlite(source) }
  }
  const opened: Data[] = []
  try {
    if (config.databaseUrl !== null)
      opened.push(
        await reached('DATABASE_URL', async () => openPostgres(source, config.databaseUrl!)),
      )
    const [shared] = opened
    const keys = await sharedKeys(source, shared?.keyring ?? null)
    const base = shared ?? openSqlite(source)
    if (shared === undefined) opened.push(base)
    if (config.redisUrl === null) return { keys, data: base }
    const redis = await reached('REDIS_URL', async () => openRedis(source, config.redisUrl!))
    return {
      keys,
      data: { ...base, ...redis, close: async () => (await redis.close(), base.close()) },
    }
  } catch (error) {
    for (const data of opened) await data.close()
    throw error
  }
}

async function reached<T>(setting: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    // What the store says of it holds no address.
    if (systemCode(error) === 'ENGINE_NOT_DURABLE')
      throw new StartError(
        `${(error as Error).message} Here that is LATCHKEY_DANGEROUSLY_NOT_DURABLE=true.`,
      )
    throw new StartError(
      `The engine that ${setting} names cannot be used (${systemCode(error)}). Check that it runs, that its name and password are right, and that they may create tables.`,
    )
  }
}

/**
 * A key of its own in each process would let the one refuse what the other has signed: that must never happen silently. The database
 * holds a mark of each key, by which nothing can be signed.
 */
async function sharedKeys({ config }: DataSource, keyring: Keyring | null): Promise<Keys> {
  if (keyring === null) return loadKeys(config)
  const others = !(await keyring.isEmpty())
  const keys = loadKeys(config, { make: !others })
  if (
    keys !== null &&
    (await keyring.admit(deriveKeys(keys, 'key mark').map((mark) => mark.toString('base64url'))))
  )
    return keys
  throw new StartError(
    'The database belongs to other keys than those of this process. Copy keys.json from the data folder of a process that uses it, or give its content in LATCHKEY_KEYS.',
  )
}
