import { LOCALE_TAGS, type Lang } from './locales/lang.ts'

/** The smallest unit that is shown of an instant. */
export type Precision = 'minute' | 'second'

/** With seconds, the year is left out: such an instant is recent. */
const STYLES: Readonly<Record<Precision, Intl.DateTimeFormatOptions>> = {
  minute: { dateStyle: 'medium', timeStyle: 'short' },
  second: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' },
}

/** Formats an instant (ISO 8601) in a time zone, by default the one of this machine. */
export function formatInstant(
  iso: string,
  lang: Lang,
  precision: Precision,
  timeZone?: string,
): string {
  const options = timeZone === undefined ? STYLES[precision] : { ...STYLES[precision], timeZone }
  return new Intl.DateTimeFormat(LOCALE_TAGS[lang], options).format(new Date(iso))
}

type Unit = 'second' | 'minute' | 'hour' | 'day'

/** Milliseconds of each unit, largest first. */
const UNITS: ReadonlyArray<[unit: Unit, size: number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

const largestUnit = (milliseconds: number): { unit: Unit; count: number } => {
  const [unit, size] = UNITS.find(([, unitSize]) => Math.abs(milliseconds) >= unitSize) ?? UNITS[3]!
  return { unit, count: Math.round(milliseconds / size) }
}

/** Formats a duration in milliseconds, in its largest unit: "12 minutes". */
export function formatDuration(milliseconds: number, lang: Lang): string {
  const { unit, count } = largestUnit(Math.max(0, milliseconds))
  return new Intl.NumberFormat(LOCALE_TAGS[lang], {
    style: 'unit',
    unit,
    unitDisplay: 'long',
  }).format(count)
}

/** Formats an instant (ISO 8601) relative to `now` (milliseconds since 1970): "3 minutes ago". */
export function formatRelative(iso: string, now: number, lang: Lang): string {
  const distance = Date.parse(iso) - now
  const { unit, count } = largestUnit(distance)
  return new Intl.RelativeTimeFormat(LOCALE_TAGS[lang], { numeric: 'auto' }).format(
    unit === 'second' ? 0 : count,
    unit,
  )
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** Formats seconds as a clock does: `4:05`. */
export function formatClock(seconds: number): string {
  const total = Math.max(0, Math.ceil(seconds))
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor(total / 60) % 60
  const start = hours > 0 ? `${hours}:${twoDigits(minutes)}` : minutes
  return `${start}:${twoDigits(total % 60)}`
}
