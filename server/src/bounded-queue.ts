export interface WorkQueue {
  /** Runs the task when its turn comes. Returns null at once if too many tasks are waiting. */
  run<T>(task: () => Promise<T>): Promise<T> | null
}

/** Runs at most `concurrency` tasks at a time, and lets at most `maxWaiting` tasks wait. */
export function workQueue({
  concurrency,
  maxWaiting,
}: {
  concurrency: number
  maxWaiting: number
}): WorkQueue {
  const waiting: Array<() => void> = []
  let running = 0

  async function start<T>(task: () => Promise<T>): Promise<T> {
    running++
    try {
      return await task()
    } finally {
      running--
      waiting.shift()?.()
    }
  }

  return {
    run(task) {
      if (running < concurrency) return start(task)
      if (waiting.length >= maxWaiting) return null
      return new Promise((resolve) => waiting.push(() => resolve(start(task))))
    },
  }
}

export type KeyedQueue = <T>(key: string, task: () => Promise<T>) => Promise<T> | null

/**
 * Runs tasks with the same key one after the other. Tasks with different keys do not wait for each
 * other. Returns null at once if too many tasks of the key are waiting.
 */
export function keyedQueue(maxWaiting: number): KeyedQueue {
  const queues = new Map<string, { queue: WorkQueue; pending: number }>()
  return (key, task) => {
    const entry = queues.get(key) ?? {
      queue: workQueue({ concurrency: 1, maxWaiting }),
      pending: 0,
    }
    const result = entry.queue.run(task)
    if (result === null) return null
    queues.set(key, entry)
    entry.pending++
    return result.finally(() => {
      if (--entry.pending === 0) queues.delete(key)
    })
  }
}
