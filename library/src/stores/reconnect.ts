/** A connection over which an engine pushes messages. */
export interface Subscription {
  /** Replaces the connection, which may be dead without having reported an error. */
  reconnect(): void
  close(): void
}

export interface SubscriptionHandlers {
  /** Messages sent from now on are received. Called again after each reconnection. */
  onConnect(): void
  onDisconnect(): void
  onMessage(channel: string, payload: string): void
}

/**
 * Connects, and calls `onLost` when the connection breaks. Resolves with the function that closes
 * it.
 */
type Connect = (onLost: () => void) => Promise<() => void>

/** Milliseconds between the loss of a connection and the next attempt to connect. */
const RECONNECT_DELAY = 1000
/** The same if the user of the connection may not subscribe. */
const DELAY_WITHOUT_RIGHT = 60_000

/** A subscription that connects again whenever its connection is lost, until it is closed. */
export class ReconnectingSubscription implements Subscription {
  readonly #connect: Connect
  readonly #handlers: SubscriptionHandlers
  /** Numbers the connections, so that late events of an earlier one are ignored. */
  #connection = 0
  #disconnect: (() => void) | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(connect: Connect, handlers: SubscriptionHandlers) {
    this.#connect = connect
    this.#handlers = handlers
    this.#open()
  }

  reconnect(): void {
    this.#reconnectAfter(RECONNECT_DELAY)
  }

  #reconnectAfter(delay: number): void {
    this.close()
    this.#handlers.onDisconnect()
    this.#timer = setTimeout(() => this.#open(), delay)
    this.#timer.unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#connection++
    this.#disconnect?.()
    this.#disconnect = null
  }

  #open(): void {
    const connection = ++this.#connection
    const onLost = () => {
      if (connection === this.#connection) this.reconnect()
    }
    const onOpen = (disconnect: () => void) => {
      // Closed or replaced while it was being opened.
      if (connection !== this.#connection) return disconnect()
      this.#disconnect = disconnect
      return this.#handlers.onConnect()
    }
    this.#connect(onLost).then(onOpen, (cause: unknown) => {
      const isForbidden = (cause as Error | undefined)?.message.includes('NOPERM')
      if (connection === this.#connection)
        this.#reconnectAfter(isForbidden ? DELAY_WITHOUT_RIGHT : RECONNECT_DELAY)
    })
  }
}
