import type { End, Session, Store } from '../core/store.ts'
import { notificationsOf, uniqueName } from './notifications.ts'
import { batch } from './batch.ts'
import { readOptions } from './options.ts'
import { connectionsOf, type RedisClient } from './redis/client.ts'
import { checkDurable } from './redis/durability.ts'
import { deviceOf, endOf, FIELDS, fieldsOf, sessionOf } from './redis/row.ts'
import { runScript, type Script } from './redis/scripts.ts'

export type { IoRedis, NodeRedis, NodeRedisCluster, RedisClient } from './redis/client.ts'

export interface RedisStoreOptions {
  /** What every key and channel begins with; `latchkey:`. */
  prefix?: string
  /** Milliseconds after which a call that was not answered is refused; 5000. */
  timeLimit?: number
  /** Accepts an engine that may lose what it has answered: sign-ins vanish, and sessions that were ended come back. */
  dangerouslyNotDurable?: boolean
}

export interface RedisStore extends Store {
  /** There are no tables to make: it refuses an engine that would lose what it answers. The first sign-in asks for it otherwise. */
  migrate(): Promise<void>
  /** Closes the connection that hears of ended sessions. The client stays open: it is yours. */
  close(): void
}

const DAY = 24 * 60 * 60 * 1000
/** How long a session outlives its end, so that its owner can be told why: as long as the library asks other stores to keep it. */
const KEPT = 30 * DAY
const ENGINE = 'Redis'
const CALLS = { most: 1, lanes: 5000, waiting: 10_000 }
/** Keys that are asked for together. */
const TOGETHER = 500

/**
 * Sessions in Redis or Valkey, one node or a cluster, over a client that the caller opens and closes. A session is one key, which expires
 * by itself; its life is counted from the instants that it is given, so that no clock but the application's matters.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const { prefix, timeLimit, dangerouslyNotDurable } = readOptions<Required<RedisStoreOptions>>(
    'redisStore',
    options,
    {
      prefix: 'latchkey:',
      timeLimit: 5000,
      dangerouslyNotDurable: false,
    },
  )
  const { send, masters, listen } = connectionsOf(client)
  const bounded = batch<() => Promise<unknown>, unknown>(
    ENGINE,
    { ...CALLS, timeLimit },
    async ([work]) => [await work!()],
  )
  const ask = async (key: string | undefined, ...args: string[]) =>
    bounded(async () => send(key, args))
  const run = async (script: Script, key: string, ...values: string[]) =>
    bounded(async () => runScript(send, script, key, values))
  const [ENDED, CHANNEL] = [`${prefix}ended`, `${prefix}ended-now`]
  const keyOf = (id: string) => `${prefix}session:${id}`
  const indexOf = (identity: string) => `${prefix}identity:${identity}`
  const { announce, subscribe, close } = notificationsOf({
    channel: CHANNEL,
    beats: `${prefix}beat:${uniqueName()}`,
    listen,
    tell: async (channel) => ask(undefined, 'PUBLISH', channel, ''),
  })

  let checked: Promise<unknown> | null = dangerouslyNotDurable ? Promise.resolve() : null
  /** Once; where it fails, again with the next call. */
  async function check(): Promise<void> {
    checked ??= masters().then(async (nodes) => Promise.all(nodes.map(checkDurable)))
    await checked.catch((cause: unknown) => {
      checked = null
      throw cause
    })
  }

  const read = async (id: string) =>
    sessionOf(id, (await ask(keyOf(id), 'HMGET', keyOf(id), ...FIELDS)) as Array<string | null>)

  /** The ids of an identity come first, so that no session is ever there that ending all of them would not find. */
  async function create(session: Session): Promise<void> {
    await bounded(check)
    const { id, createdAt, endsAt, issuedAt, idleEndsAt } = session
    const index = indexOf(session.identity)
    const old = (await run(
      'enlist',
      index,
      `${createdAt}`,
      id,
      `${lifeUntil(endsAt, createdAt)}`,
      `${createdAt - DAY}`,
    )) as string[]
    const made = await run(
      'create',
      keyOf(id),
      `${lifeUntil(idleEndsAt, issuedAt)}`,
      ...fieldsOf(session),
    )
    if (made !== 1) {
      throw new Error('a session with this id exists')
    }
    if (old.length > 0) void forgetGone(index, old).catch(() => {})
  }

  /** Takes ids off a list whose sessions have expired. They are older than a sign-in can be under way. */
  async function forgetGone(index: string, ids: string[]): Promise<void> {
    const found = await Promise.all(ids.map(async (id) => ask(keyOf(id), 'EXISTS', keyOf(id))))
    const gone = ids.filter((_, place) => Number(found[place]) === 0)
    if (gone.length > 0) await ask(index, 'ZREM', index, ...gone)
  }

  /**
   * The index of ends is written first. Whoever reads it looks at the session too: a name in it says that a session may have ended, and
   * none that has is missing, wherever this is cut off.
   */
  async function endEach(ids: string[], end: End): Promise<string[]> {
    if (ids.length === 0) return []
    await bounded(check)
    await ask(ENDED, 'ZADD', ENDED, 'GT', ...ids.flatMap((id) => [`${end.at}`, id]))
    const answers = await Promise.all(
      ids.map(async (id) =>
        run('end', keyOf(id), ...endOf(end), `${KEPT}`, CHANNEL, `${id} ${end.at}`),
      ),
    )
    const unknown = ids.filter((_, place) => answers[place] === -1)
    if (unknown.length > 0) await ask(ENDED, 'ZREM', ENDED, ...unknown)
    const ended = ids.filter((_, place) => answers[place] === 1)
    for (const sessionId of ended) announce({ sessionId, at: end.at })
    return ended
  }

  async function list(identity: string): Promise<Session[]> {
    const index = indexOf(identity)
    const ids = (await ask(index, 'ZRANGE', index, '0', '-1')) as string[]
    const rows = await inChunks(ids, async (chunk) => Promise.all(chunk.map(read)))
    return rows
      .filter((row) => row !== null && row.identity === identity)
      .sort((a, b) => b!.createdAt - a!.createdAt || (a!.id < b!.id ? -1 : 1)) as Session[]
  }

  async function endedSince(at: number) {
    const ids = (await ask(ENDED, 'ZRANGE', ENDED, `${at}`, '+inf', 'BYSCORE')) as string[]
    return inChunks(ids, async (chunk) => {
      const ends = await Promise.all(
        chunk.map(async (id) => ask(keyOf(id), 'HGET', keyOf(id), 'ended')),
      )
      return chunk.flatMap((sessionId, place) => {
        const ended = ends[place]
        return typeof ended === 'string' && Number(ended) >= at
          ? [{ sessionId, at: Number(ended) }]
          : []
      })
    })
  }

  /** Sessions that were not used expire by themselves, and so would those that ended; here they go at the hour that is asked for. */
  async function prune(before: number): Promise<number> {
    for (let pruned = 0; ;) {
      const ids = (await ask(
        ENDED,
        'ZRANGE',
        ENDED,
        '-inf',
        `(${before}`,
        'BYSCORE',
        'LIMIT',
        '0',
        `${TOGETHER}`,
      )) as string[]
      if (ids.length === 0) return pruned
      const rows = await Promise.all(ids.map(read))
      const gone = rows.filter(
        (row) => row !== null && row.end !== null && row.end.at < before,
      ) as Session[]
      const deleted = await Promise.all(
        gone.map(async ({ id, identity }) => {
          await ask(indexOf(identity), 'ZREM', indexOf(identity), id)
          return ask(keyOf(id), 'DEL', keyOf(id))
        }),
      )
      await ask(ENDED, 'ZREM', ENDED, ...ids)
      pruned += deleted.filter((count) => Number(count) === 1).length
    }
  }

  return {
    migrate: async () => bounded(check) as Promise<void>,
    create,
    read,
    async rotate(id, from, next) {
      const { generation, attempt, issuedAt, idleEndsAt, device } = next
      const written = [
        `${generation}`,
        attempt ?? '',
        `${issuedAt}`,
        `${idleEndsAt}`,
        deviceOf(device),
        `${lifeUntil(idleEndsAt, issuedAt)}`,
      ]
      return (
        (await run('rotate', keyOf(id), `${from.generation}`, `${from.issuedAt}`, ...written)) === 1
      )
    },
    async extend(id, generation, { issuedAt, idleEndsAt }) {
      return (
        (await run(
          'restart',
          keyOf(id),
          `${generation}`,
          `${issuedAt}`,
          `${idleEndsAt}`,
          `${lifeUntil(idleEndsAt, issuedAt)}`,
        )) === 1
      )
    },
    async markUsed(generations) {
      await inChunks(generations, async (chunk) =>
        Promise.all(
          chunk.map(async ({ sessionId, generation }) =>
            run('use', keyOf(sessionId), `${generation}`),
          ),
        ),
      )
    },
    end: async (id, end) => (await endEach([id], end)).length > 0,
    async endAll(identity, except, end) {
      const living = (await list(identity)).filter((row) => row.end === null && row.id !== except)
      return inChunks(
        living.map(({ id }) => id),
        async (chunk) => endEach(chunk, end),
      )
    },
    list,
    endedSince,
    prune,
    async claimOnce(key, until, now) {
      return (
        (await ask(
          `${prefix}once:${key}`,
          'SET',
          `${prefix}once:${key}`,
          '1',
          'NX',
          'PX',
          `${Math.max(1, Math.ceil(until - now))}`,
        )) === 'OK'
      )
    },
    subscribe,
    close,
  }
}

/** Milliseconds that a key lives which is of use until an instant. */
const lifeUntil = (end: number, now: number): number => Math.max(0, Math.ceil(end - now)) + KEPT

/** Calls for each, so many at a time that the queue always has room for others. */
async function inChunks<T, R>(
  items: readonly T[],
  work: (chunk: T[]) => Promise<R[]>,
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += TOGETHER)
    results.push(...(await work(items.slice(at, at + TOGETHER))))
  return results
}
