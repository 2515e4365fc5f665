import { needsDataFolder, prepareDataFolder, type Keys } from '../keys.ts'
import { StartError, systemCode } from '../start-error.ts'
import type { Data, DataOptions } from './data.ts'
import { loadDatabaseKeys } from './database-keys.ts'
import { openPostgres } from './postgres/open.ts'
import { openRedis } from './redis/open.ts'
import { checkSchemaVersion } from './schema-version.ts'
import { checkSessionPlace } from './session-place.ts'
import { openSqlite } from './sqlite/open.ts'

/** Opens the configured databases and loads the keys. Throws a `StartError`. */
export async function openData(options: DataOptions): Promise<{ data: Data; keys: Keys }> {
  const { config, create = true } = options
  const { databaseUrl, redisUrl } = config
  if (needsDataFolder(config)) prepareDataFolder(config.data)
  const opened: Array<Pick<Data, 'close'>> = []
  const close = async () => {
    for (const data of opened.toReversed()) await data.close()
  }
  try {
    const base =
      databaseUrl === null
        ? openSqlite(options)
        : await connect('DATABASE_URL', async () => openPostgres(options, databaseUrl))
    opened.push(base)
    await checkSchemaVersion(base.notes, create)
    const keys = await loadDatabaseKeys(options, base)
    const redis =
      redisUrl === null
        ? null
        : await connect('REDIS_URL', async () => openRedis(options, redisUrl))
    if (redis !== null) opened.push(redis)
    const { notes } = base
    await checkSessionPlace({ notes, redis: redis?.instance ?? null, config, create })
    return { keys, data: { ...base, ...redis, close } }
  } catch (error) {
    await close()
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
