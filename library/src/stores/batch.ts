/** How calls are gathered. Times in milliseconds. */
export interface Gathering {
  /** Calls that may be sent together. */
  most: number
  /** Sendings that may be under way at once. */
  lanes: number
  /** Calls that may wait; the next one is refused at once. */
  waiting: number
  /** A call that is not answered for so long is refused. What was sent may still be carried out. */
  timeLimit: number
}

/** A sending that is not answered for so many time limits is given up: its connection is gone. */
export const GIVEN_UP = 12

/** So few calls are not worth a sending of their own. */
const FEW = 8

interface Waiting<T, R> {
  item: T
  resolve(result: R): void
  reject(cause: unknown): void
  done: boolean
}

/**
 * Sends the calls that come while others are under way together, and gives each its own result. `send` answers in the order of the items.
 * One item for which the engine refuses a whole sending (`isOfOne`) does not fail the others: they are sent again, one by one.
 */
export function batch<T, R>(
  engine: string,
  { most, lanes, waiting, timeLimit }: Gathering,
  send: (items: T[]) => PromiseLike<R[]>,
  isOfOne: (cause: unknown) => boolean = () => false,
): (item: T) => Promise<R> {
  const queue: Array<Waiting<T, R>> = []
  let busy = 0

  function start(): void {
    while (busy < lanes && queue.length > 0) {
      // The lanes that are free share what waits, so that the engine has work while we are at the answers of another lane.
      const share = Math.max(FEW, Math.ceil(queue.length / (lanes - busy)))
      const calls = queue.splice(0, Math.min(most, share)).filter(({ done }) => !done)
      if (calls.length > 0) void occupy(calls)
    }
  }

  async function occupy(calls: Array<Waiting<T, R>>): Promise<void> {
    busy++
    try {
      await within(GIVEN_UP * timeLimit, engine, async () => carry(calls))
    } catch (cause) {
      for (const { reject } of calls) reject(cause)
    }
    busy--
    start()
  }

  async function carry(calls: Array<Waiting<T, R>>): Promise<void> {
    try {
      const results = await send(calls.map(({ item }) => item))
      for (const [index, { resolve }] of calls.entries()) resolve(results[index]!)
    } catch (cause) {
      if (calls.length === 1 || !isOfOne(cause)) throw cause
      for (const call of calls) await carry([call]).catch(call.reject)
    }
  }

  return async (item) => {
    if (queue.length >= waiting)
      throw new Error(`${engine} is behind: ${waiting} calls wait for it`)
    return new Promise<R>((resolve, reject) => {
      const late = () => {
        call.done = true
        reject(new Error(tooLate(engine, timeLimit)))
      }
      const timer = setTimeout(late, timeLimit)
      const settled =
        <V>(settle: (value: V) => void) =>
        (value: V) => (clearTimeout(timer), settle(value))
      const call: Waiting<T, R> = {
        item,
        resolve: settled(resolve),
        reject: settled(reject),
        done: false,
      }
      // At the end of the turn, so that calls of one turn go together.
      if (queue.push(call) === 1) setImmediate(start)
    })
  }
}

/** Waits for work at most so many milliseconds. The work goes on; nobody hears of its result any more. */
async function within<T>(limit: number, engine: string, work: () => PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(tooLate(engine, limit))), limit)
  })
  return Promise.race([work(), late]).finally(() => clearTimeout(timer))
}

const tooLate = (engine: string, limit: number): string =>
  `${engine} did not answer within ${limit} ms`
