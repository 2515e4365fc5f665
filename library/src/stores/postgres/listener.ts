import {
  ReconnectingSubscription,
  type Subscription,
  type SubscriptionHandlers,
} from '../reconnect.ts'
import type { PgClient, PgPool, PgPoolConnection } from './pg.ts'

/** What one store listens to. */
interface Subscriber extends SubscriptionHandlers {
  channels: string[]
}

/** A connection that receives notifications, and how to give it back. */
interface ListeningConnection {
  query(text: string): Promise<unknown>
  close(): void
}

/** Opens a connection. `onMessage` gets its notifications, `onLost` is called when it breaks. */
type Open = (
  onMessage: (channel: string, payload: string) => void,
  onLost: () => void,
) => Promise<ListeningConnection>

/** By pool or client. */
const LISTENERS = new WeakMap<object, Listener>()

/** Subscribes over one connection of the pool, however many stores use the pool. */
export function subscribeWithPool(
  pool: PgPool,
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  return listenerOf(pool, async (onMessage, onLost) =>
    openFromPool(pool, onMessage, onLost),
  ).subscribe({ channels, ...handlers })
}

/** A `Client` is a single connection and cannot be replaced: `reconnect` only listens again. */
export function subscribeWithClient(
  client: PgClient,
  query: PgClient['query'],
  channels: string[],
  handlers: SubscriptionHandlers,
): Subscription {
  return listenerOf(client, async (onMessage) => {
    const stop = onNotification(client, onMessage)
    return { query: async (text) => query({ text }), close: stop }
  }).subscribe({ channels, ...handlers })
}

function listenerOf(key: object, open: Open): Listener {
  const known = LISTENERS.get(key)
  if (known !== undefined) return known
  const listener = new Listener(open)
  LISTENERS.set(key, listener)
  return listener
}

/** Listens over one connection for several stores. It is open while there are subscribers. */
class Listener {
  readonly #open: Open
  readonly #subscribers = new Set<Subscriber>()
  #subscription: Subscription | null = null
  /** The open connection; null while there is none. */
  #connection: ListeningConnection | null = null
  /** The last statement: a connection takes one at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(open: Open) {
    this.#open = open
  }

  subscribe(subscriber: Subscriber): Subscription {
    this.#subscribers.add(subscriber)
    if (this.#subscription === null)
      this.#subscription = new ReconnectingSubscription(async (onLost) => this.#connect(onLost), {
        onConnect: () => this.#each(({ onConnect }) => onConnect()),
        onDisconnect: () => this.#each(({ onDisconnect }) => onDisconnect()),
        onMessage: () => {},
      })
    else
      this.#listen(subscriber.channels).then(
        () => subscriber.onConnect(),
        () => {},
      )
    return {
      reconnect: () => this.#subscription?.reconnect(),
      close: () => this.#remove(subscriber),
    }
  }

  async #connect(onLost: () => void): Promise<() => void> {
    const connection = await this.#open((channel, payload) => {
      for (const { channels, onMessage } of this.#subscribers)
        if (channels.includes(channel)) onMessage(channel, payload)
    }, onLost)
    const close = () => {
      if (this.#connection === connection) this.#connection = null
      connection.close()
    }
    try {
      const channels = [...this.#subscribers].flatMap((subscriber) => subscriber.channels)
      await this.#send(connection, 'LISTEN', channels)
    } catch (cause) {
      close()
      throw cause
    }
    this.#connection = connection
    return close
  }

  /** Rejects while there is no connection: the next one listens to all channels. */
  async #listen(channels: string[]): Promise<void> {
    if (this.#connection === null) throw new Error('not connected')
    await this.#send(this.#connection, 'LISTEN', channels)
  }

  async #send(
    connection: ListeningConnection,
    command: 'LISTEN' | 'UNLISTEN',
    channels: readonly string[],
  ): Promise<unknown> {
    const text = [...new Set(channels)].map((channel) => `${command} ${channel}`).join('; ')
    const sent = this.#last.then(async () => connection.query(text))
    this.#last = sent.catch(() => {})
    return sent
  }

  #remove(subscriber: Subscriber): void {
    if (!this.#subscribers.delete(subscriber)) return
    const used = new Set([...this.#subscribers].flatMap(({ channels }) => channels))
    const unused = subscriber.channels.filter((channel) => !used.has(channel))
    // A client goes on after this; a connection of a pool is destroyed below.
    const connection = this.#connection
    if (connection !== null) void this.#send(connection, 'UNLISTEN', unused).catch(() => {})
    if (this.#subscribers.size > 0) return
    this.#subscription?.close()
    this.#subscription = null
  }

  #each(call: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#subscribers) call(subscriber)
  }
}

async function openFromPool(
  pool: PgPool,
  onMessage: (channel: string, payload: string) => void,
  onLost: () => void,
): Promise<ListeningConnection> {
  const connection: PgPoolConnection = await pool.connect()
  // Alone it does not keep the process alive.
  connection.unref?.()
  for (const event of ['error', 'end']) connection.on(event, onLost)
  onNotification(connection, onMessage)
  // The pool waits for all connections when it is ended. Its idle ones are removed first.
  const onRemove = () => {
    if (pool.ending) close()
  }
  pool.on('remove', onRemove)
  let open = true
  const close = () => {
    if (!open) return
    open = false
    pool.removeListener?.('remove', onRemove)
    for (const event of ['notification', 'end']) connection.removeAllListeners(event)
    connection.release(true)
  }
  return { query: async (text) => connection.query({ text }), close }
}

function onNotification(
  connection: PgClient,
  onMessage: (channel: string, payload: string) => void,
): () => void {
  const listener = ({ channel, payload = '' }: { channel: string; payload?: string }) =>
    onMessage(channel, payload)
  const emitter = connection as unknown as {
    on(event: string, listener: (message: never) => void): unknown
    removeListener?(event: string, listener: (message: never) => void): unknown
  }
  emitter.on('notification', listener)
  return () => void emitter.removeListener?.('notification', listener)
}
