/**
 * Runs tasks with the same key at most `concurrency` at a time. Tasks with other keys do not wait
 * for them.
 */
export class Turns {
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #queues = new Map<string, { running: number; waiting: Array<() => void> }>()

  constructor({ concurrency, maxWaiting }: { concurrency: number; maxWaiting: number }) {
    this.#concurrency = concurrency
    this.#maxWaiting = maxWaiting
  }

  /** Resolves to null at once if too many tasks of the key are waiting. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T | null> {
    const queue = this.#queues.get(key) ?? { running: 0, waiting: [] }
    this.#queues.set(key, queue)
    if (queue.running >= this.#concurrency) {
      if (queue.waiting.length >= this.#maxWaiting) return null
      // The task that ends passes its place on, so `running` stays the same.
      await new Promise<void>((resolve) => queue.waiting.push(resolve))
    } else queue.running++
    try {
      return await task()
    } finally {
      const next = queue.waiting.shift()
      if (next !== undefined) next()
      else if (--queue.running === 0) this.#queues.delete(key)
    }
  }
}
