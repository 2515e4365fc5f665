import { deriveKeys, loadKeys, type Keys } from '../keys.ts'
import { StartError, systemCode } from '../start-error.ts'
import type { Data, DataOptions, KeyRegistry } from './data.ts'
import { openPostgres } from './postgres/open.ts'
import { openRedis } from './redis/open.ts'
import { openSqlite } from './sqlite/open.ts'

/** Opens the configured databases and loads the keys. Throws a `StartError`. */
export async function openData(options: DataOptions): Promise<{ data: Data; keys: Keys }> {
  const { config } = options
  if (config.databaseUrl === null && config.redisUrl === null) {
    // Before the database: this creates the data folder.
    const keys = loadKeys(config)
    return { keys, data: openSqlite(options) }
  }
  const opened: Data[] = []
  try {
    if (config.databaseUrl !== null)
      opened.push(
        await connect('DATABASE_URL', async () => openPostgres(options, config.databaseUrl!)),
      )
    const [postgres] = opened
    const keys = await loadSharedKeys(options, postgres?.keyRegistry ?? null)
    const base = postgres ?? openSqlite(options)
    if (postgres === undefined) opened.push(base)
    if (config.redisUrl === null) return { keys, data: base }
    const redis = await connect('REDIS_URL', async () => openRedis(options, config.redisUrl!))
    return {
      keys,
      data: { ...base, ...redis, close: async () => (await redis.close(), base.close()) },
    }
  } catch (error) {
    for (const data of opened) await data.close()
    throw error
  }
}

async function connect<T>(setting: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    // This message of the store is safe to show: it names no address.
    if (systemCode(error) === 'ENGINE_NOT_DURABLE')
      throw new StartError(
        `${(error as Error).message} On this server: LATCHKEY_DANGEROUSLY_NOT_DURABLE=true.`,
      )
    throw new StartError(
      `Cannot use the database in ${setting} (${systemCode(error)}). Check that it runs, that ` +
        'the user name and password are correct, and that the user may create tables.',
    )
  }
}

/**
 * Loads the keys and checks that the other processes on the same database use them too. A process
 * with keys of its own would refuse the tokens that the others sign.
 */
async function loadSharedKeys(
  { config }: DataOptions,
  registry: KeyRegistry | null,
): Promise<Keys> {
  if (registry === null) return loadKeys(config)
  const keys = loadKeys(config, { create: await registry.isEmpty() })
  if (keys !== null && (await registry.register(fingerprintsOf(keys)))) return keys
  throw new StartError(
    'The database is used with other keys than those of this process. Copy keys.json from the ' +
      'data folder of another process that uses the database, or set LATCHKEY_KEYS to its content.',
  )
}

const fingerprintsOf = (keys: Keys): string[] =>
  deriveKeys(keys, 'key fingerprint').map((fingerprint) => fingerprint.toString('base64url'))
