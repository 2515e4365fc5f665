/** The median of several measurements, and their range. */
export interface Spread {
  median: number
  min: number
  max: number
}

/**
 * One case. `prepare` is not timed; the function that it returns is timed, and runs the case
 * `count` times.
 */
export interface Case {
  name: string
  count: number
  prepare(): () => unknown
}

/** CPU time hardly depends on other processes. Wall time includes disks and child processes. */
export type Clock = 'cpu' | 'wall'

export interface Measured {
  name: string
  /** Microseconds per repetition. */
  micros: Spread
  /** The cost relative to the limit, round by round. */
  ratio: Spread
}

export interface MeasureOptions {
  rounds: number
  warmUp?: number
  clock?: Clock
  /** Runs before each round, untimed. Prepares what the cases of a round share. */
  before?: () => unknown
}

/**
 * Runs every case once per round, in a rotating order, so that a slower machine affects all of
 * them. The first case is the limit that the others are compared with.
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
  // Without this, garbage of earlier cases would be collected during this one.
  globalThis.gc?.({ type: 'minor' })
  const since = CLOCKS[clock]()
  const pending = body()
  if (pending instanceof Promise) await pending
  return since() / count
}

/** Each function starts a clock, and returns a function that reads the elapsed microseconds. */
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
