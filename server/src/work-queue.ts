export interface WorkQueue {
  /** Runs the work in its turn; null, at once, where too much is waiting already. */
  run<T>(work: () => Promise<T>): Promise<T> | null
}

/** Runs a bounded number of works at a time and lets a bounded number wait, so that costly work starves nothing else. */
export function workQueue({
  concurrency,
  length,
}: {
  concurrency: number
  length: number
}): WorkQueue {
  const waiting: Array<() => void> = []
  let running = 0

  async function start<T>(work: () => Promise<T>): Promise<T> {
    running++
    try {
      return await work()
    } finally {
      running--
      waiting.shift()?.()
    }
  }

  return {
    run(work) {
      if (running < concurrency) return start(work)
      if (waiting.length >= length) return null
      return new Promise((resolve) => waiting.push(() => resolve(start(work))))
    },
  }
}

/** Runs works of one key one after the other; those of different keys do not wait for each other. */
export function inTurns(
  length: number,
): <T>(key: string, work: () => Promise<T>) => Promise<T> | null {
  const queues = new Map<string, { queue: WorkQueue; works: number }>()
  return (key, work) => {
    const turn = queues.get(key) ?? { queue: workQueue({ concurrency: 1, length }), works: 0 }
    const result = turn.queue.run(work)
    if (result === null) return null
    queues.set(key, turn)
    turn.works++
    return result.finally(() => {
      if (--turn.works === 0) queues.delete(key)
    })
  }
}
