/** The middle of several measurements, and how far they lay apart. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** One thing to measure. `prepare` is not timed; what it answers is, and does the thing `count` times. */
export interface Case {
  name: string
  count: number
  prepare(): () => unknown
}

/** CPU of the process, which a busy neighbour cannot steal; or the clock on the wall, where disks and other processes are waited for. */
export type Clock = 'cpu' | 'wall'

export interface Measured {
  name: string
  /** Microseconds for one. */
  micros: Spread
  /** How many times the limit's cost, round by round. */
  ratio: Spread
}

export interface MeasureOptions {
  rounds: number
  warmUp?: number
  clock?: Clock
  /** Before each round, not timed: what the cases of one round share. */
  before?: () => unknown
}

/**
 * Runs every case once a round, in an order that turns, so that a machine that slows down slows all of them. The first case is the
 * limit that the others are compared with.
 */
export async function measure(
  cases: readonly Case[],
  { rounds, warmUp = 2, clock = 'cpu', before }: MeasureOptions,
): Promise<Measured[]> {
  const samples = cases.map(() => [] as number[])
  for (let round = -warmUp; round < rounds; round++) {
    globalThis.gc?.()
    await before?.()
    for (let turn = 0; turn < cases.length; turn++) {
      const at = (turn + Math.max(0, round)) % cases.length
      const micros = await timed(cases[at]!, clock)
      if (round >= 0) samples[at]!.push(micros)
    }
  }
  const limit = samples[0]!
  return cases.map(({ name }, at) => ({
    name,
    micros: spread(samples[at]!),
    ratio: spread(samples[at]!.map((sample, round) => sample / limit[round]!)),
  }))
}

async function timed({ count, prepare }: Case, clock: Clock): Promise<number> {
  const body = prepare()
  // What the cases before have left behind; a whole collection would go on beside this case, and be charged to it.
  globalThis.gc?.({ type: 'minor' })
  const since = CLOCKS[clock]()
  const pending = body()
  if (pending instanceof Promise) await pending
  return since() / count
}

/** Each starts to count, and answers the way to read the microseconds. */
const CLOCKS: Record<Clock, () => () => number> = {
  cpu() {
    const before = process.cpuUsage()
    return () => {
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
  },
  wall() {
    const before = performance.now()
    return () => (performance.now() - before) * 1000
  },
}

export function spread(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}
