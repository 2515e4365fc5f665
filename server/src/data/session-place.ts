import type { Config } from '../cli/settings.ts'
import { StartError } from '../start-error.ts'
import type { Notes } from './data.ts'
import type { RedisInstance } from './redis/instance.ts'

const NOTE = 'sessions'
/** The note if the sessions are in the database itself; otherwise it is the id of the Redis. */
const DATABASE = 'database'

interface PlaceOptions {
  notes: Notes
  /** Null if the sessions are in the database itself. */
  redis: RedisInstance | null
  config: Pick<Config, 'dangerouslyMoveSessions' | 'dangerouslyNotDurable'>
  /** False: writes no note, and no id into a Redis. */
  create: boolean
}

/**
 * Checks that the sessions are where the database notes that they are; notes it if nothing is
 * noted. A process that keeps them elsewhere would refuse every session of the others. Throws a
 * `StartError`.
 */
export async function checkSessionPlace({
  notes,
  redis,
  config,
  create,
}: PlaceOptions): Promise<void> {
  const noted = await notes.read(NOTE)
  const current = redis === null ? DATABASE : await redis.read()
  if (current === noted && noted !== null) return
  if (noted === null && !create) return
  // A Redis that may lose its data has lost it.
  const isLoss = current === null && noted !== DATABASE && config.dangerouslyNotDurable
  const mayMove = create && (config.dangerouslyMoveSessions || isLoss)
  if (noted !== null && !mayMove) throw new StartError(problemOf(noted, redis !== null))
  const place = current ?? (await redis!.create())
  if (noted !== null) return notes.replace(NOTE, place)
  // Another process may have noted another place a moment ago.
  const first = await notes.writeOnce(NOTE, place)
  if (first !== place) throw new StartError(problemOf(first, redis !== null))
}

const HOW_TO_MOVE =
  'To keep them elsewhere from now on, which signs every user out, start all processes once with ' +
  'LATCHKEY_DANGEROUSLY_MOVE_SESSIONS=true.'

function problemOf(noted: string, hasRedis: boolean): string {
  if (noted === DATABASE)
    return (
      'The sessions of this database are in the database itself, but REDIS_URL is set. Remove ' +
      `REDIS_URL. ${HOW_TO_MOVE}`
    )
  return hasRedis
    ? 'The sessions of this database are in another Redis than the one in REDIS_URL, or that one ' +
        `has lost its data. Set REDIS_URL as it was, or restore the data. ${HOW_TO_MOVE}`
    : 'The sessions of this database are in a Redis, but REDIS_URL is not set. Set it as it was. ' +
        HOW_TO_MOVE
}
