import type { Revocation, RevocationListener } from '../core/store.ts'
import type { Subscription, SubscriptionHandlers } from './reconnect.ts'
import { RevocationEmitter } from './revocation-emitter.ts'

/** Milliseconds between two heartbeats that a process sends to itself through the engine. */
const HEARTBEAT_INTERVAL = 5000
/** Heartbeats in a row that may go missing before the connection is replaced. */
const MAX_MISSED_HEARTBEATS = 3
/** Connections in a row that may stay without any heartbeat, as those of a pooler do. */
const MAX_DEAF_CONNECTIONS = 2
/** Milliseconds until the next try after so many: meanwhile no connection is kept. */
const PAUSE = 10 * 60 * 1000

/** Publish and subscribe, as an engine offers it. */
interface PubSub {
  /**
   * The channel on which all processes publish ended sessions, as `<session id> <milliseconds>`.
   */
  channel: string
  /** A channel that only this store uses. */
  heartbeatChannel: string
  /** Null if the engine is only polled: nothing is then sent while no request comes. */
  subscribe: ((channels: string[], handlers: SubscriptionHandlers) => Subscription) | null
  /** Publishes an empty message. */
  publish(channel: string): Promise<unknown>
}

/**
 * Receives ended sessions from all processes, over a connection that is open while there are
 * listeners.
 *
 * A process sends itself heartbeats over the same connection. They reveal a connection that died
 * without an error, and a pooler that drops notifications.
 */
export class Notifications {
  readonly #pubSub: PubSub
  readonly #emitter = new RevocationEmitter()
  #subscription: Subscription | null = null
  #timer: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  #missedHeartbeats = 0
  #deafConnections = 0
  #listeners = 0

  constructor(pubSub: PubSub) {
    this.#pubSub = pubSub
  }

  /** Notifies the listeners of this process. */
  emit(revocation: Revocation): void {
    this.#emitter.emit(revocation)
  }

  subscribe(listener: RevocationListener): () => void {
    const unsubscribe = this.#emitter.subscribe(listener)
    if (this.#listeners++ === 0) this.#open()
    let subscribed = true
    return () => {
      unsubscribe()
      if (subscribed && --this.#listeners === 0) this.close()
      subscribed = false
    }
  }

  close(): void {
    clearTimeout(this.#pause)
    clearInterval(this.#timer)
    this.#subscription?.close()
    this.#subscription = null
    this.#emitter.setConnected(false)
  }

  #open(): void {
    const { channel, heartbeatChannel, subscribe } = this.#pubSub
    if (subscribe === null) return
    // Listeners see `connected` at the first heartbeat: only then do messages arrive.
    this.#subscription = subscribe([channel, heartbeatChannel], {
      onConnect: () => this.#sendHeartbeat(),
      onDisconnect: () => this.#emitter.setConnected(false),
      onMessage: (from, payload) => this.#receive(from, payload),
    })
    this.#timer = setInterval(() => this.#checkHeartbeat(), HEARTBEAT_INTERVAL)
    this.#timer.unref()
  }

  #receive(channel: string, payload: string): void {
    if (channel === this.#pubSub.heartbeatChannel) {
      this.#missedHeartbeats = 0
      this.#deafConnections = 0
      return this.#emitter.setConnected(true)
    }
    const [sessionId, at] = payload.split(' ')
    if (channel === this.#pubSub.channel && sessionId && at && Number.isSafeInteger(Number(at)))
      this.emit({ sessionId, at: Number(at) })
  }

  #checkHeartbeat(): void {
    if (++this.#missedHeartbeats > MAX_MISSED_HEARTBEATS) {
      this.#missedHeartbeats = 0
      if (++this.#deafConnections >= MAX_DEAF_CONNECTIONS) return this.#rest()
      this.#subscription?.reconnect()
    }
    this.#sendHeartbeat()
  }

  /** Gives the connection back for a while, and tries again: a database may only have been away. */
  #rest(): void {
    this.close()
    this.#deafConnections = 0
    this.#pause = setTimeout(() => this.#open(), PAUSE).unref()
  }

  /** A heartbeat that cannot be sent counts as missed. */
  #sendHeartbeat(): void {
    this.#pubSub.publish(this.#pubSub.heartbeatChannel).catch(() => {})
  }
}

/** A suffix that makes the name of a channel unique to one store object. */
export const uniqueSuffix = (): string =>
  `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`
