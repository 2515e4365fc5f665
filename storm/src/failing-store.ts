import type { Session, Store } from 'latchkey'

/** A server process, as the store sees it. */
export interface Process {
  /** Store operations until it crashes; Infinity if no crash is planned. */
  remainingOperations: number
  /** Rejects when the process crashes: its pending requests get no response. */
  crashed: Promise<never>
  crash(): void
}

export function newProcess(): Process {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  return {
    remainingOperations: Number.POSITIVE_INFINITY,
    crashed: promise,
    crash: () => reject(new Error('the server has crashed')),
  }
}

/**
 * A database that can be down, and that can lose rotations in a failover. It works through the
 * methods of `Store`, so that it can wrap any store.
 */
export class FailingDatabase {
  readonly #store: Store
  #isDown = false
  /** Sessions as the lagging replica has them; null while it does not lag. */
  #replica: Map<string, Session | null> | null = null

  constructor(store: Store) {
    this.#store = store
  }

  stop(): void {
    this.#isDown = true
  }
  start(): void {
    this.#isDown = false
  }
  startReplicaLag(): void {
    this.#replica = new Map()
  }

  /**
   * Restores the sessions of the replica. Sign-ins and ends are kept: they are replicated before
   * the response.
   */
  async failOver(): Promise<void> {
    const replica = this.#replica ?? new Map<string, Session | null>()
    this.#replica = null
    for (const [id, old] of replica) {
      const current = await this.#store.read(id)
      if (old !== null && current !== null && current.end === null)
        await this.#store.rotate(id, current, old)
    }
  }

  /** The store as a server process uses it, with a connection of its own. */
  storeFor(process: Process, connection = this.#store): Store {
    return new Proxy(connection, {
      get: (_, name: string) => {
        const method = connection[name as keyof Store] as unknown
        if (typeof method !== 'function' || name === 'subscribe') return method
        return async (...args: unknown[]): Promise<unknown> => {
          await this.#countOperation(process)
          if (name === 'rotate') await this.#keepForReplica(args[0] as string)
          const result = await method.apply(connection, args)
          await this.#countOperation(process)
          return result
        }
      },
    })
  }

  /** Never settles if the process has crashed: it executes nothing more. */
  async #countOperation(process: Process): Promise<void> {
    if (process.remainingOperations-- <= 0) {
      process.crash()
      await new Promise(() => {})
    }
    if (this.#isDown) throw new Error('the database is down')
  }

  async #keepForReplica(id: string): Promise<void> {
    if (this.#replica === null || this.#replica.has(id)) return
    this.#replica.set(id, null)
    this.#replica?.set(id, await this.#store.read(id))
  }
}
