import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import {
  redisStore,
  type RedisStore,
  type RedisStoreOptions,
} from '../../src/stores/redis/store.ts'

/** The clients that `redisStore` supports, each for one node or a cluster. */
export const CLIENTS = ['ioredis', 'redis'] as const

export interface OpenStore {
  store: RedisStore
  send(...args: [string, ...string[]]): Promise<unknown>
  close(): Promise<void>
}

/** Opens a store with a connection of its own. */
export async function openRedis(
  client: (typeof CLIENTS)[number],
  url: string,
  options: RedisStoreOptions = {},
): Promise<OpenStore> {
  if (client === 'ioredis') {
    const redis = new Redis(url)
    // The store reports errors by itself.
    redis.on('error', () => {})
    const store = redisStore(redis, options)
    return {
      store,
      send: async (command, ...args) => redis.call(command, ...args),
      close: async () => (store.close(), redis.disconnect()),
    }
  }
  const redis = createClient({ url })
  redis.on('error', () => {})
  await redis.connect()
  const store = redisStore(redis, options)
  return {
    store,
    send: async (...args) => redis.sendCommand(args),
    close: async () => (store.close(), redis.destroy()),
  }
}

export async function openCluster(
  client: (typeof CLIENTS)[number],
  nodes: Array<{ host: string; port: number }>,
  options: RedisStoreOptions = {},
): Promise<OpenStore> {
  if (client === 'ioredis') {
    const cluster = new Cluster(nodes)
    const store = redisStore(cluster, options)
    return {
      store,
      send: async (command, ...args) => cluster.call(command, ...args),
      close: async () => (store.close(), cluster.disconnect()),
    }
  }
  const cluster = createCluster({
    rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
  })
  cluster.on('error', () => {})
  await cluster.connect()
  const store = redisStore(cluster, options)
  return {
    store,
    send: async (...args) => cluster.sendCommand(args[1], false, args),
    close: async () => (store.close(), cluster.destroy()),
  }
}

let prefixes = 0
export const newPrefix = (): string => `test-${process.pid}-${++prefixes}:`
