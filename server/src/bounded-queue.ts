export interface WorkQueue<Priority extends string> {
  /** Runs the task when its turn comes. Returns null at once if too many tasks are waiting. */
  run<T>(priority: Priority, task: () => Promise<T>): Promise<T> | null
}

/**
 * Runs at most `concurrency` tasks at a time. Of those that wait, the first priority goes first.
 * `maxWaiting` says how many tasks of each priority may wait, from the first priority to the last.
 */
export function workQueue<Priority extends string>({
  concurrency,
  maxWaiting,
}: {
  concurrency: number
  maxWaiting: Readonly<Record<Priority, number>>
}): WorkQueue<Priority> {
  const waiting = new Map<string, Array<() => void>>(
    Object.keys(maxWaiting).map((priority) => [priority, []]),
  )
  let running = 0

  function next(): void {
    for (const tasks of waiting.values()) {
      const start = tasks.shift()
      if (start !== undefined) return start()
    }
  }

  async function start<T>(task: () => Promise<T>): Promise<T> {
    running++
    try {
      return await task()
    } finally {
      running--
      next()
    }
  }

  return {
    run(priority, task) {
      if (running < concurrency) return start(task)
      const tasks = waiting.get(priority)!
      if (tasks.length >= maxWaiting[priority]) return null
      return new Promise((resolve) => tasks.push(() => resolve(start(task))))
    },
  }
}

export type KeyedQueue = <T>(key: string, task: () => Promise<T>) => Promise<T> | null

/**
 * Runs tasks with the same key one after the other. Tasks with different keys do not wait for each
 * other. Returns null at once if too many tasks of the key are waiting.
 */
export function keyedQueue(maxWaiting: number): KeyedQueue {
  const queues = new Map<string, { queue: WorkQueue<'all'>; pending: number }>()
  return (key, task) => {
    const entry = queues.get(key) ?? {
      queue: workQueue({ concurrency: 1, maxWaiting: { all: maxWaiting } }),
      pending: 0,
    }
    const result = entry.queue.run('all', task)
    if (result === null) return null
    queues.set(key, entry)
    entry.pending++
    return result.finally(() => {
      if (--entry.pending === 0) queues.delete(key)
    })
  }
}
