import { keepOpen, type Hearing, type Line } from '../reconnect.ts'

/** What we call of `ioredis`: a `Redis` or a `Cluster`. */
export interface IoRedis {
  call(command: string, ...values: string[]): Promise<unknown>
  duplicate(): IoSubscriber
  readonly isCluster: boolean
}
interface IoSubscriber {
  on(event: 'error' | 'close' | 'end', listener: () => void): unknown
  on(event: 'message', listener: (channel: string, payload: string) => void): unknown
  subscribe(...channels: string[]): Promise<unknown>
  disconnect(): void
}
interface IoCluster extends IoRedis {
  nodes(role: 'master'): IoRedis[]
}

/** What we call of `redis` (node-redis): what `createClient` or `createCluster` returns. */
export interface NodeRedis {
  sendCommand(args: string[]): Promise<unknown>
  duplicate(): Subscriber
}
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  duplicate(): Subscriber
  readonly masters: readonly unknown[]
  nodeClient(node: never): Promise<NodeRedis>
}
interface Subscriber {
  on(event: 'error' | 'end', listener: () => void): unknown
  connect(): Promise<unknown>
  subscribe(
    channels: string[],
    listener: (payload: string, channel: string) => void,
  ): Promise<unknown>
  destroy(): void
}

export type RedisClient = IoRedis | NodeRedis | NodeRedisCluster

/** Sends one command; `key` says which node of a cluster has it. */
export type Send = (key: string | undefined, args: string[]) => Promise<unknown>

/** One face for the clients. */
export interface Connections {
  send: Send
  /** Each node that may be written to. */
  masters(): Promise<Send[]>
  listen(channels: string[], hearing: Hearing): Line
}

export function connectionsOf(client: RedisClient): Connections {
  const given: unknown = client
  if (typeof given === 'object' && given !== null && 'duplicate' in given) {
    if ('call' in given && 'isCluster' in given) return ofIoRedis(given as unknown as IoCluster)
    if ('sendCommand' in given)
      return 'masters' in given
        ? ofNodeRedisCluster(given as unknown as NodeRedisCluster)
        : ofNodeRedis(given as unknown as NodeRedis)
  }
  throw new TypeError(
    'redisStore takes a client: a Redis or Cluster of "ioredis", or what createClient(…) or createCluster(…) of "redis" returns',
  )
}

const sendTo =
  (node: IoRedis): Send =>
  async (_key, [command, ...values]) =>
    node.call(command!, ...values)

function ofIoRedis(client: IoCluster): Connections {
  return {
    send: sendTo(client),
    masters: async () => (client.isCluster ? client.nodes('master') : [client]).map(sendTo),
    listen: (channels, hearing) =>
      keepOpen(async (lost) => {
        const line = client.duplicate()
        for (const event of ['error', 'close', 'end'] as const) line.on(event, lost)
        line.on('message', hearing.heard)
        await line.subscribe(...channels).catch((cause: unknown) => {
          line.disconnect()
          throw cause
        })
        return () => line.disconnect()
      }, hearing),
  }
}

function ofNodeRedis(client: NodeRedis): Connections {
  const send: Send = async (_key, args) => client.sendCommand(args)
  return { send, masters: async () => [send], listen: listenOver(client) }
}

function ofNodeRedisCluster(client: NodeRedisCluster): Connections {
  return {
    send: async (key, args) => client.sendCommand(key, false, args),
    masters: async () =>
      Promise.all(
        client.masters.map(
          async (node) => ofNodeRedis(await client.nodeClient(node as never)).send,
        ),
      ),
    listen: listenOver(client),
  }
}

const listenOver =
  (client: NodeRedis | NodeRedisCluster) =>
  (channels: string[], hearing: Hearing): Line =>
    keepOpen(async (lost) => {
      const line = client.duplicate()
      for (const event of ['error', 'end'] as const) line.on(event, lost)
      const drop = () => {
        try {
          line.destroy()
        } catch {
          // It was never open.
        }
      }
      try {
        await line.connect()
        await line.subscribe(channels, (payload, channel) => hearing.heard(channel, payload))
      } catch (cause) {
        drop()
        throw cause
      }
      return drop
    }, hearing)
