/** How long something took, in milliseconds: of the last thousand times, and the sum of all. */
export interface LagSummary {
  last: number
  p50: number
  p99: number
  max: number
  /** How often it happened, and how long it took in all. */
  count: number
  sum: number
}

const WINDOW = 1000

/** Keeps the last durations and answers what a monitor asks of them; null before the first. */
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
      const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!
      return {
        last: window[(count - 1) % WINDOW]!,
        p50: at(0.5),
        p99: at(0.99),
        max: at(1),
        count,
        sum,
      }
    },
  }
}
