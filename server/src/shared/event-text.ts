import type { SessionEvent } from '../sessions/event-types.ts'
import { deviceWithAddress } from './device.ts'
import { reuseText } from './end-text.ts'
import type { Lang, Texts } from './locales/index.ts'
import type { Tone } from './message-tone.ts'

/** One event of a session, in words. */
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

/** Identifies an event within its session. */
export const eventKey = ({ at, type, generation }: SessionEvent): string =>
  `${at} ${type} ${generation}`

/** Describes an event. A type that this version does not know gets a general title and no hint. */
export function eventText(event: SessionEvent, text: Texts, lang: Lang): EventText {
  return {
    tone: toneOf(event),
    title: isKnown(event, text) ? text.events[event.type] : text.eventOther,
    generation: text.generationNumber(event.generation),
    hint: hintOf(event, text, lang),
  }
}

function toneOf({ type, other_device }: SessionEvent): Tone {
  if (other_device === true) return 'warning'
  return Object.hasOwn(TONES, type) ? TONES[type]! : 'info'
}

function hintOf(event: SessionEvent, text: Texts, lang: Lang): string {
  if (event.details !== undefined) return reuseText(event.details, text, lang)
  if (event.other_device === true)
    return text.repeatedElsewhere(deviceWithAddress(event.device, text))
  return isKnown(event, text) ? text.eventHints[event.type] : ''
}

const isKnown = ({ type }: SessionEvent, text: Texts): boolean => Object.hasOwn(text.events, type)
