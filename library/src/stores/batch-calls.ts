/** Limits of a batcher. */
export interface BatchLimits {
  /** Calls that one request to the engine may carry. */
  maxBatchSize: number
  /** Requests that may be in flight at once. */
  maxInFlight: number
  /** Calls that may wait for a request. Further calls are rejected at once. */
  maxQueued: number
  /** Milliseconds after which a call is rejected. What was already sent may still be executed. */
  timeLimit: number
}

/**
 * Milliseconds after which a request to the engine is abandoned because its connection is dead.
 * Much longer than the time limit of a call: an engine that is only slow must not lose its
 * connections.
 */
export const requestTimeout = (timeLimit: number): number => 12 * timeLimit

/** Batches smaller than this are not worth a request of their own. */
const MIN_BATCH_SIZE = 8

interface Call<T, R> {
  item: T
  resolve(result: R): void
  reject(cause: unknown): void
  timedOut: boolean
}

/**
 * Sends calls that arrive while other requests are in flight as one request, and gives each call
 * its own result. `send` returns results in the order of the items; an `Error` rejects its call.
 *
 * If the engine rejects a batch because of a single item (`isItemError`), the calls are sent again
 * one by one, and only the faulty one fails.
 */
export class Batcher<T, R> {
  readonly #engine: string
  readonly #limits: BatchLimits
  readonly #send: (items: T[]) => PromiseLike<Array<R | Error>>
  readonly #isItemError: (cause: unknown) => boolean
  readonly #queue: Array<Call<T, R>> = []
  #inFlight = 0

  constructor(
    engine: string,
    limits: BatchLimits,
    send: (items: T[]) => PromiseLike<Array<R | Error>>,
    isItemError: (cause: unknown) => boolean = () => false,
  ) {
    this.#engine = engine
    this.#limits = limits
    this.#send = send
    this.#isItemError = isItemError
  }

  async add(item: T): Promise<R> {
    const { maxQueued, timeLimit } = this.#limits
    if (this.#queue.length >= maxQueued)
      throw new Error(`${this.#engine} is overloaded: ${maxQueued} calls are waiting for it`)
    return new Promise<R>((resolve, reject) => {
      const call: Call<T, R> = {
        item,
        resolve: (result) => (clearTimeout(timer), resolve(result)),
        reject: (cause) => (clearTimeout(timer), reject(cause)),
        timedOut: false,
      }
      const timer = setTimeout(() => {
        call.timedOut = true
        reject(timeoutError(this.#engine, timeLimit))
      }, timeLimit)
      // At the end of the event loop turn, so that all calls of the turn share a request.
      if (this.#queue.push(call) === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    const { maxBatchSize, maxInFlight } = this.#limits
    while (this.#inFlight < maxInFlight && this.#queue.length > 0) {
      // Divide the queue among the free requests: the engine works on one while we read another.
      const share = Math.ceil(this.#queue.length / (maxInFlight - this.#inFlight))
      const size = Math.min(maxBatchSize, Math.max(MIN_BATCH_SIZE, share))
      const calls = this.#queue.splice(0, size).filter(({ timedOut }) => !timedOut)
      if (calls.length > 0) void this.#request(calls)
    }
  }

  async #request(calls: Array<Call<T, R>>): Promise<void> {
    this.#inFlight++
    try {
      const timeout = requestTimeout(this.#limits.timeLimit)
      await withTimeout(timeout, this.#engine, this.#settle(calls))
    } catch (cause) {
      for (const { reject } of calls) reject(cause)
    }
    this.#inFlight--
    this.#flush()
  }

  async #settle(calls: Array<Call<T, R>>): Promise<void> {
    try {
      const results = await this.#send(calls.map(({ item }) => item))
      for (const [index, { resolve, reject }] of calls.entries()) {
        const result = results[index]!
        if (result instanceof Error) reject(result)
        else resolve(result)
      }
    } catch (cause) {
      if (calls.length === 1 || !this.#isItemError(cause)) throw cause
      for (const call of calls) await this.#settle([call]).catch(call.reject)
    }
  }
}

/** Runs single calls under limits on how many are in flight and how many wait. */
export function limitCalls(
  engine: string,
  limits: Omit<BatchLimits, 'maxBatchSize'>,
): <R>(run: () => Promise<R>) => Promise<R> {
  const calls = new Batcher<() => Promise<unknown>, unknown>(
    engine,
    { ...limits, maxBatchSize: 1 },
    async ([run]) => [await run!()],
  )
  return <R>(run: () => Promise<R>) => calls.add(run) as Promise<R>
}

/** Rejects if `work` takes longer than the limit. The work itself is not cancelled. */
async function withTimeout<T>(limit: number, engine: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError(engine, limit)), limit)
  })
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer))
}

const timeoutError = (engine: string, limit: number): Error =>
  new Error(`${engine} did not respond within ${limit} ms`)
