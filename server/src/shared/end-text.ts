import type { ReuseDetails, SessionResponse } from 'latchkey/protocol'
import { deviceWithAddress } from './device.ts'
import type { Lang, Texts } from './locales/index.ts'
import { formatDuration } from './times.ts'

export type EndedSession = SessionResponse & { ended: NonNullable<SessionResponse['ended']> }

/**
 * Returns why a session ended, as a sentence for its owner. Names the device that ended it, unless
 * the session was on that device.
 */
export function endText({ ended, device }: EndedSession, text: Texts, lang: Lang): string {
  const { details } = ended
  if (details !== null && 'presented' in details) return reuseText(details, text, lang)
  // A reason may be the application's own, and `constructor` is a property of every object.
  const why = Object.hasOwn(text.ended, ended.reason)
    ? text.ended[ended.reason as keyof typeof text.ended]
    : text.endedOther(ended.reason)
  const by = details === null ? null : deviceWithAddress(details.device, text)
  return by === null || by === deviceWithAddress(device, text) ? why : text.endedFrom(why, by)
}

/** Returns what was seen when a replaced refresh token was used again. */
export function reuseText(details: ReuseDetails, text: Texts, lang: Lang): string {
  return text.reuseDetails(
    formatDuration(details.after, lang),
    deviceWithAddress(details.device, text),
    deviceWithAddress(details.holder, text),
  )
}
