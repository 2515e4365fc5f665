import type { Lang } from '../../src/shared/locales/lang.ts'
import { formatRelative, formatInstant, type Precision } from '../../src/shared/times.ts'

/** Puts the instants below a node, which the server wrote in UTC, in the reader's own time zone. */
export function localizeTimes(root: ParentNode, lang: Lang): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[data-instant]')) {
    const precision: Precision = time.dataset.instant === 'second' ? 'second' : 'minute'
    time.textContent = formatInstant(time.dateTime, lang, precision)
    time.title = `${formatInstant(time.dateTime, lang, precision, 'UTC')} UTC`
  }
}

/** An instant (ISO 8601) in the reader's own time zone. */
export function timeElement(iso: string, lang: Lang, precision: Precision): HTMLTimeElement {
  const time = document.createElement('time')
  time.dateTime = iso
  time.textContent = formatInstant(iso, lang, precision)
  time.title = `${formatInstant(iso, lang, precision, 'UTC')} UTC`
  return time
}

/** An instant (ISO 8601) as seen from now. */
export const relativeTime = (iso: string, lang: Lang): string =>
  formatRelative(iso, Date.now(), lang)
