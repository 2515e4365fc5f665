import { isObject } from '../core/json.ts'

/** A span of time: Python's `timedelta`, or with years and months dateutil's `relativedelta`. */
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

/** A lifetime: whole seconds, a span, or false for a token that never expires. */
export type Delta = number | Span | false

const MILLISECONDS: Readonly<Record<string, number>> = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}
const CALENDAR_UNITS = ['years', 'months']

/**
 * Whether the value is a valid lifetime. 0 is not: in Flask-JWT-Extended it means a token that
 * never expires, which is hardly intended.
 */
export function isDelta(value: unknown): value is Delta {
  if (value === false) return true
  if (typeof value === 'number') return Number.isInteger(value) && value !== 0
  if (!isObject(value)) return false
  const entries = Object.entries(value)
  const areNumbers = entries.every(
    ([name, count]) =>
      (name in MILLISECONDS || CALENDAR_UNITS.includes(name)) &&
      typeof count === 'number' &&
      Number.isFinite(count),
  )
  return (
    areNumbers &&
    CALENDAR_UNITS.every((name) => Number.isInteger(value[name] ?? 0)) &&
    entries.some(([, count]) => count !== 0)
  )
}

/**
 * A duration in seconds: a number, or a span without years and months, whose length varies. Null
 * for anything else, and for a negative one.
 */
export function toSeconds(value: unknown): number | null {
  const isSpan =
    isObject(value) &&
    Object.entries(value).every(
      ([name, count]) => name in MILLISECONDS && typeof count === 'number',
    )
  const seconds = isSpan ? addDelta(0, value) / 1000 : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

/**
 * Adds a lifetime to `now`, in milliseconds since 1970. If a month has no such day, the result is
 * its last day, as in dateutil.
 */
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
