import type { End, Store } from '../../core/store.ts'
import { Notifications, uniqueSuffix } from '../notifications.ts'
import { readOptions } from '../options.ts'
import { adaptClient, type RedisClient, type RedisConnection } from './client.ts'
import { Commands, inChunks } from './commands.ts'
import { listSessions, liveIds } from './lists.ts'
import { migrate } from './migrate.ts'
import { endedSince, endSessions, prune } from './ended-sessions.ts'
import { createSession, extendSession, markUsed, readSession, rotateSession } from './sessions.ts'
import { clearTries, giveBackTries, takeTry } from './tries.ts'

export type { IoRedis, NodeRedis, NodeRedisCluster, RedisClient } from './client.ts'
export type { IoRedisSubscriber, NodeRedisSubscriber } from './client.ts'

export interface RedisStoreOptions {
  /** The prefix of every key and channel. `latchkey:` by default. */
  prefix?: string
  /** Milliseconds after which a call without a response is rejected. 5000 by default. */
  timeLimit?: number
  /**
   * False: no second connection is kept and nothing is sent while no request comes. Ends in other
   * processes are then found by polling. True by default.
   */
  notifications?: boolean
  /**
   * Accepts an engine that may lose acknowledged writes: users are signed out, ended sessions come
   * back.
   */
  dangerouslyNotDurable?: boolean
}

export interface RedisStore extends Store {
  /**
   * Rejects if the settings of the engine allow it to lose acknowledged writes, or if the user of
   * the connection lacks a right: it writes a session and deletes it. There is no schema to create.
   * Without this call, the first sign-in checks the settings.
   */
  migrate(): Promise<void>
  /** Closes the connection that receives ended sessions. The client stays open. */
  close(): void
}

/**
 * Stores sessions in Redis or Valkey, on one node or a cluster, over a client that the caller opens
 * and closes. A session is one key, which expires by itself.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): RedisStore {
  const settings = readOptions<Required<RedisStoreOptions>>('redisStore', options, {
    prefix: 'latchkey:',
    timeLimit: 5000,
    notifications: true,
    dangerouslyNotDurable: false,
  })
  const connection = adaptClient(client)
  if (!settings.notifications) connection.subscribe = null
  const commands = new Commands(connection, settings)
  const notifications = notificationsOver(connection, commands, settings.prefix)

  const endAndNotify = async (ids: string[], end: End) =>
    endSessions(commands, ids, end, (sessionId) => notifications.emit({ sessionId, at: end.at }))

  return {
    timeLimit: settings.timeLimit,
    migrate: async () => migrate(connection, commands),
    create: async (session) => createSession(commands, session),
    read: async (id) => readSession(commands, id),
    rotate: async (id, from, next) => rotateSession(commands, id, from, next),
    extend: async (id, generation, next) => extendSession(commands, id, generation, next),
    markUsed: async (generations) => markUsed(commands, generations),
    end: async (id, end) => (await endAndNotify([id], end)).length > 0,
    async endAll(identity, except, end) {
      const ids = (await liveIds(commands, identity)).filter((id) => id !== except)
      return inChunks(ids, async (chunk) => endAndNotify(chunk, end))
    },
    list: async (identity, range) => listSessions(commands, identity, range),
    endedSince: async (since) => endedSince(commands, since),
    prune: async (before) => prune(commands, before),
    claimOnce: async (key, expiresAt, now) => claimOnce(commands, key, expiresAt, now),
    takeTry: async (key, rule, now) => takeTry(commands, key, rule, now),
    giveBackTries: async (key, count, until) => giveBackTries(commands, key, count, until),
    clearTries: async (key, knownUntil, now) => clearTries(commands, key, knownUntil, now),
    // Redis expires the counters.
    async pruneTries() {},
    subscribe: (listener) => notifications.subscribe(listener),
    close: () => notifications.close(),
  }
}

function notificationsOver(
  connection: RedisConnection,
  commands: Commands,
  prefix: string,
): Notifications {
  return new Notifications({
    channel: commands.channel,
    heartbeatChannel: `${prefix}heartbeat:${uniqueSuffix()}`,
    subscribe: connection.subscribe,
    publish: async (channel) => commands.publish(channel),
  })
}

async function claimOnce(
  commands: Commands,
  key: string,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  const lifetime = `${Math.max(1, Math.ceil(expiresAt - now))}`
  const reply = await commands.run('SET', commands.claimedKey(key), '1', 'NX', 'PX', lifetime)
  return reply === 'OK'
}
