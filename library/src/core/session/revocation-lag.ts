/** A summary of durations in milliseconds. */
export interface LagSummary {
  /** The most recent duration. */
  last: number
  /** Of the last thousand durations, as are `p99` and `max`. */
  p50: number
  p99: number
  max: number
  /** The number and the sum of all durations since the start. */
  count: number
  sum: number
}

const WINDOW = 1000

/** Collects durations in milliseconds. `read` returns null until there is one. */
export function createLagMeter(): { add(milliseconds: number): void; read(): LagSummary | null } {
  const window = new Float64Array(WINDOW)
  let count = 0
  let sum = 0
  return {
    add(milliseconds) {
      window[count++ % WINDOW] = milliseconds
      sum += milliseconds
    },
    read() {
      if (count === 0) return null
      const sorted = window.slice(0, Math.min(count, WINDOW)).sort()
      const percentile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!
      return {
        last: window[(count - 1) % WINDOW]!,
        p50: percentile(0.5),
        p99: percentile(0.99),
        max: percentile(1),
        count,
        sum,
      }
    },
  }
}
