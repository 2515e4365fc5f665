import { SetupError } from '../../core/setup-error.ts'
import { limitCalls } from '../batch-calls.ts'
import type { RedisConnection } from './client.ts'
import { checkDurable } from './durability.ts'
import { runScript, type ScriptName } from './scripts.ts'

const LIMITS = { maxInFlight: 5000, maxQueued: 10_000 }

/** Commands sent at a time by a loop over many sessions, so that it does not fill the queue. */
const CHUNK_SIZE = 500

interface CommandSettings {
  prefix: string
  timeLimit: number
  dangerouslyNotDurable: boolean
}

/**
 * The keys of the store, and its commands under limits on how many are in flight and how many wait.
 */
export class Commands {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #limitCalls: <R>(run: () => Promise<R>) => Promise<R>
  /** The check of the settings of the nodes; null before it, and after it failed. */
  #durable: Promise<unknown> | null

  constructor(connection: RedisConnection, settings: CommandSettings) {
    this.#connection = connection
    this.#prefix = settings.prefix
    this.#limitCalls = limitCalls('Redis', { ...LIMITS, timeLimit: settings.timeLimit })
    this.#durable = settings.dangerouslyNotDurable ? Promise.resolve() : null
  }

  /** A hash: one session. */
  sessionKey(id: string): string {
    return `${this.#prefix}session:${id}`
  }
  /** A sorted set: the ids of an identity's sessions, by `listScore` of lists.ts. */
  identityKey(identity: string): string {
    return `${this.#prefix}identity:${identity}`
  }
  /** A sorted set: the ids of sessions that may have ended, by that instant. */
  get endedKey(): string {
    return `${this.#prefix}ended`
  }
  /** The channel on which ended sessions are published. */
  get channel(): string {
    return `${this.#prefix}ended-now`
  }
  /** A string: a single-use key that has been claimed. */
  claimedKey(key: string): string {
    return `${this.#prefix}claimed:${key}`
  }

  /** A hash: a counter of tries to sign in. */
  triesKey(key: string): string {
    return `${this.#prefix}tries:${key}`
  }

  /** Sends a command on a key. */
  async run(command: string, key: string, ...args: string[]): Promise<unknown> {
    return this.#limitCalls(async () =>
      this.#connection.send(key, [command, key, ...args]).catch(throwNamed),
    )
  }

  async runScript(script: ScriptName, key: string, ...values: string[]): Promise<unknown> {
    return this.#limitCalls(async () =>
      runScript(this.#connection.send, script, key, values).catch(throwNamed),
    )
  }

  async publish(channel: string): Promise<unknown> {
    return this.#limitCalls(async () =>
      this.#connection.send(undefined, ['PUBLISH', channel, '']).catch(throwNamed),
    )
  }

  /**
   * Rejects if a node could lose acknowledged writes. Checks once; after a failure the next call
   * checks again.
   */
  async checkDurable(): Promise<void> {
    await this.#limitCalls(async () => {
      this.#durable ??= this.#connection
        .primaries()
        .then(async (nodes) => Promise.all(nodes.map(checkDurable)))
      await this.#durable.catch((cause: unknown) => {
        this.#durable = null
        throw cause
      })
    })
  }
}

/** Names a missing right of the user of the connection, which no repetition mends. */
function throwNamed(cause: Error): never {
  // Within a script the server says it in the middle of the message.
  if (!/NOPERM|ACL failure|can't (?:run this command|access)/.test(cause.message)) throw cause
  throw new SetupError(
    `redisStore: ${cause.message}: the user needs the rights in docs/stores.md`,
    { cause },
  )
}

/** Calls `work` with up to `CHUNK_SIZE` items at a time, and joins the results. */
export async function inChunks<T, R>(
  items: readonly T[],
  work: (chunk: T[]) => Promise<R[]>,
): Promise<R[]> {
  const results: R[] = []
  for (let start = 0; start < items.length; start += CHUNK_SIZE)
    results.push(...(await work(items.slice(start, start + CHUNK_SIZE))))
  return results
}
