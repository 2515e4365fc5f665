import type { SessionResponse } from 'latchkey/protocol'
import { deviceAndAddress } from './device.ts'
import type { Lang, Texts } from './locales/index.ts'
import { formatSpan } from './times.ts'

export type EndedSession = SessionResponse & { ended: NonNullable<SessionResponse['ended']> }

/**
 * Returns why a session ended, as a sentence for its owner. Names the device that ended it, unless
 * the session was on that device.
 */
export function endText({ ended, device }: EndedSession, text: Texts, lang: Lang): string {
  const { details } = ended
  if (details !== null && 'presented' in details)
    return text.reuseDetails(
      formatSpan(details.after, lang),
      deviceAndAddress(details.device, text),
      deviceAndAddress(details.holder, text),
    )
  // A reason may be the application's own, and `constructor` is a property of every object.
  const why = Object.hasOwn(text.ended, ended.reason)
    ? text.ended[ended.reason as keyof typeof text.ended]
    : text.endedOther(ended.reason)
  const by = details === null ? null : deviceAndAddress(details.device, text)
  return by === null || by === deviceAndAddress(device, text) ? why : text.endedFrom(why, by)
}
