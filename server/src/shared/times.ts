import { LOCALE_TAGS, type Lang } from './locales/lang.ts'

/** How exactly an instant is shown. */
export type Precision = 'minute' | 'second'

/** Where seconds matter, the year does not. */
const STYLES: Readonly<Record<Precision, Intl.DateTimeFormatOptions>> = {
  minute: { dateStyle: 'medium', timeStyle: 'short' },
  second: { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' },
}

/** An instant (ISO 8601) in words, in a time zone; without one, in that of the machine. */
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

/** Milliseconds of each unit, the largest first. */
const UNITS: ReadonlyArray<[unit: Unit, size: number]> = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

const inUnit = (milliseconds: number): { unit: Unit; count: number } => {
  const [unit, size] = UNITS.find(([, least]) => Math.abs(milliseconds) >= least) ?? UNITS[3]!
  return { unit, count: Math.round(milliseconds / size) }
}

/** A span of milliseconds in its largest unit: "12 minutes". */
export function formatDuration(milliseconds: number, lang: Lang): string {
  const { unit, count } = inUnit(Math.max(0, milliseconds))
  return new Intl.NumberFormat(LOCALE_TAGS[lang], {
    style: 'unit',
    unit,
    unitDisplay: 'long',
  }).format(count)
}

/** An instant (ISO 8601) seen from `now` (milliseconds since 1970): "3 minutes ago", "in 29 days". */
export function formatRelative(iso: string, now: number, lang: Lang): string {
  const distance = Date.parse(iso) - now
  const { unit, count } = inUnit(distance)
  return new Intl.RelativeTimeFormat(LOCALE_TAGS[lang], { numeric: 'auto' }).format(
    unit === 'second' ? 0 : count,
    unit,
  )
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Seconds as a clock shows them: `4:05`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
