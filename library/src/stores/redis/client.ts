import {
  ReconnectingSubscription,
  type Subscription,
  type SubscriptionHandlers,
} from '../reconnect.ts'

/** The methods the store calls on a client of `ioredis`: a `Redis` or a `Cluster`. */
export interface IoRedis {
  call(command: string, ...values: string[]): Promise<unknown>
  duplicate(): IoRedisSubscriber
  readonly isCluster: boolean
}
export interface IoRedisSubscriber {
  on(event: 'error' | 'close' | 'end', listener: () => void): unknown
  on(event: 'message', listener: (channel: string, payload: string) => void): unknown
  subscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
}
interface IoRedisCluster extends IoRedis {
  nodes(role: 'master'): IoRedis[]
}

/**
 * The methods the store calls on a client of `redis` (node-redis): the result of `createClient`.
 */
export interface NodeRedis {
  sendCommand(args: string[]): Promise<unknown>
  duplicate(): NodeRedisSubscriber
}
/** The methods the store calls on the result of `createCluster` of `redis`. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  duplicate(): NodeRedisSubscriber
  readonly masters: readonly unknown[]
  nodeClient(node: never): Promise<NodeRedis>
}
export interface NodeRedisSubscriber {
  on(event: 'error' | 'end', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(
    channels: string[],
    listener: (payload: string, channel: string) => void,
  ): Promise<unknown>
  destroy?(): void
  /** Of node-redis 4, which has no `destroy`. */
  disconnect?(): Promise<unknown>
}

export type RedisClient = IoRedis | NodeRedis | NodeRedisCluster

/** Sends a command. In a cluster, `key` selects the node. */
export type Send = (key: string | undefined, args: string[]) => Promise<unknown>

/** What the store needs of a client. */
export interface RedisConnection {
  send: Send
  /** All nodes that accept writes. */
  primaries(): Promise<Send[]>
  /** Null if no connection is to be kept. */
  subscribe: ((channels: string[], handlers: SubscriptionHandlers) => Subscription) | null
}

export function adaptClient(client: RedisClient): RedisConnection {
  const candidate: unknown = client
  if (typeof candidate === 'object' && candidate !== null && 'duplicate' in candidate) {
    if ('call' in candidate && 'isCluster' in candidate)
      return adaptIoRedis(candidate as unknown as IoRedisCluster)
    if ('sendCommand' in candidate)
      return 'masters' in candidate
        ? adaptNodeRedisCluster(candidate as unknown as NodeRedisCluster)
        : adaptNodeRedis(candidate as unknown as NodeRedis)
  }
  throw new TypeError(
    'redisStore: the client must be a Redis or Cluster of "ioredis", ' +
      'or the result of createClient() or createCluster() of "redis"',
  )
}

const sendTo =
  (node: IoRedis): Send =>
  async (_key, [command, ...values]) =>
    node.call(command!, ...values)

function adaptIoRedis(client: IoRedisCluster): RedisConnection {
  return {
    send: sendTo(client),
    primaries: async () => (client.isCluster ? client.nodes('master') : [client]).map(sendTo),
    subscribe: (channels, handlers) => subscribeWithIoRedis(client, channels, handlers),
  }
}

function subscribeWithIoRedis(
  client: IoRedis,
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  return new ReconnectingSubscription(async (onLost) => {
    const subscriber = client.duplicate()
    for (const event of ['error', 'close', 'end'] as const) subscriber.on(event, onLost)
    subscriber.on('message', handlers.onMessage)
    await subscriber.subscribe(...channels).catch((cause: unknown) => {
      subscriber.disconnect()
      throw cause
    })
    return () => subscriber.disconnect()
  }, handlers)
}

function adaptNodeRedis(client: NodeRedis): RedisConnection {
  const send: Send = async (_key, args) => client.sendCommand(args)
  return {
    send,
    primaries: async () => [send],
    subscribe: (channels, handlers) => subscribeWithNodeRedis(client, channels, handlers),
  }
}

function adaptNodeRedisCluster(client: NodeRedisCluster): RedisConnection {
  const sendTo = async (node: unknown) =>
    adaptNodeRedis(await client.nodeClient(node as never)).send
  return {
    send: async (key, args) => client.sendCommand(key, false, args),
    primaries: async () => Promise.all(client.masters.map(sendTo)),
    subscribe: (channels, handlers) => subscribeWithNodeRedis(client, channels, handlers),
  }
}

function subscribeWithNodeRedis(
  client: NodeRedis | NodeRedisCluster,
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  return new ReconnectingSubscription(async (onLost) => {
    const subscriber = client.duplicate()
    for (const event of ['error', 'end'] as const) subscriber.on(event, onLost)
    const disconnect = () => {
      try {
        if (subscriber.destroy !== undefined) subscriber.destroy()
        else subscriber.disconnect?.().catch(() => {})
      } catch {
        // It was never connected.
      }
    }
    try {
      await subscriber.connect()
      await subscriber.subscribe(channels, (payload, channel) =>
        handlers.onMessage(channel, payload),
      )
    } catch (cause) {
      disconnect()
      throw cause
    }
    return disconnect
  }, handlers)
}
