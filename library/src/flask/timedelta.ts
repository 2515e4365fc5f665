import { isObject } from '../core/json.ts'

/** A span of time: what Python has as `timedelta`, and with years and months as `relativedelta`. */
export interface Span {
  years?: number
  months?: number
  weeks?: number
  days?: number
  hours?: number
  minutes?: number
  seconds?: number
  milliseconds?: number
}

/** Whole seconds, a span, or false: never. */
export type Delta = number | Span | false

const MILLISECONDS: Readonly<Record<string, number>> = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}
const CALENDAR = ['years', 'months']

/**
 * Whether it can be added to a time. None at all is refused: to Flask-JWT-Extended it means a token that never expires, and nobody who
 * writes 0 means that.
 */
export function isDelta(value: unknown): value is Delta {
  if (value === false) return true
  if (typeof value === 'number') return Number.isInteger(value) && value !== 0
  if (!isObject(value)) return false
  const entries = Object.entries(value)
  const known = entries.every(
    ([name, each]) =>
      (name in MILLISECONDS || CALENDAR.includes(name)) &&
      typeof each === 'number' &&
      Number.isFinite(each),
  )
  return (
    known &&
    CALENDAR.every((name) => Number.isInteger(value[name] ?? 0)) &&
    entries.some(([, each]) => each !== 0)
  )
}

/** `now` and the span, in milliseconds since 1970. A month later than the 31st is the last day of a shorter month, as in Python. */
export function addDelta(now: number, delta: number | Span): number {
  if (typeof delta === 'number') return now + delta * 1000
  const { years = 0, months = 0, ...rest } = delta
  const date = new Date(now)
  if (years !== 0 || months !== 0) {
    const day = date.getUTCDate()
    date.setUTCDate(1)
    date.setUTCFullYear(date.getUTCFullYear() + years, date.getUTCMonth() + months)
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
    date.setUTCDate(Math.min(day, last))
  }
  return Object.entries(rest).reduce(
    (sum, [name, count]: [string, number]) => sum + count * MILLISECONDS[name]!,
    date.getTime(),
  )
}
