import type { Lang, Texts } from './locales/index.ts'
import type { SessionEvent } from '../sessions/event-types.ts'
import { deviceWithAddress } from './device.ts'
import type { Tone } from './tone.ts'
import { formatDuration } from './times.ts'

/** One line of the timeline, in words; the page and its script make the same. */
export interface EventText {
  tone: Tone
  title: string
  generation: string
  hint: string
}

const TONES: Readonly<Record<string, Tone>> = {
  reused: 'danger',
  recovered: 'warning',
  'signed-in': 'good',
  refreshed: 'good',
}

/** Tells events apart. */
export const eventKey = ({ at, type, generation }: SessionEvent): string =>
  `${at} ${type} ${generation}`

/** Puts an event in words. A type that a newer server sends is told without a hint. */
export function eventText(event: SessionEvent, text: Texts, lang: Lang): EventText {
  const known = Object.hasOwn(text.events, event.type)
  const details =
    event.details &&
    text.reuseDetails(
      formatDuration(event.details.after, lang),
      deviceWithAddress(event.details.device, text),
      deviceWithAddress(event.details.holder, text),
    )
  return {
    tone: event.other_device
      ? 'warning'
      : Object.hasOwn(TONES, event.type)
        ? TONES[event.type]!
        : 'info',
    title: known ? text.events[event.type] : text.eventOther,
    generation: text.generationNumber(event.generation),
    hint:
      details ??
      (event.other_device
        ? text.repeatedElsewhere(deviceWithAddress(event.device, text))
        : undefined) ??
      (known ? text.eventHints[event.type] : ''),
  }
}
