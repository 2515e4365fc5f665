import type { Lang } from '../../src/shared/locales/lang.ts'
import { formatInstant, formatRelative, type Precision } from '../../src/shared/times.ts'

/** Shows the times below `root`, which the server rendered in UTC, in the local time zone. */
export function localizeTimes(root: ParentNode, lang: Lang): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[data-instant]'))
    setTime(time, lang, time.dataset.instant === 'second' ? 'second' : 'minute')
}

/** Creates an element for an instant (ISO 8601) in the local time zone. */
export function timeElement(iso: string, lang: Lang, precision: Precision): HTMLTimeElement {
  const time = document.createElement('time')
  time.dateTime = iso
  setTime(time, lang, precision)
  return time
}

function setTime(time: HTMLTimeElement, lang: Lang, precision: Precision): void {
  time.textContent = formatInstant(time.dateTime, lang, precision)
  time.title = `${formatInstant(time.dateTime, lang, precision, 'UTC')} UTC`
}

/** An instant (ISO 8601) relative to the current time. */
export const relativeTime = (iso: string, lang: Lang): string =>
  formatRelative(iso, Date.now(), lang)
