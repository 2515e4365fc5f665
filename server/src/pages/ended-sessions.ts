import type { SessionResponse } from 'latchkey/protocol'
import { html } from 'hono/html'
import type { AccountView } from './account.ts'
import { deviceAndAddress } from '../shared/device.ts'
import type { Html } from './layout.ts'
import { instant } from './components.ts'
import { formatSpan } from '../shared/times.ts'

export type EndedSession = SessionResponse & { ended: NonNullable<SessionResponse['ended']> }

/** More of them are folded away. */
const SHOWN = 4

/** The sessions that ended, the latest first, each with why. */
export function endedList(view: AccountView, sessions: readonly EndedSession[]): Html | null {
  if (sessions.length === 0) return null
  const sorted = sessions.toSorted(
    (one, other) => Date.parse(other.ended.at) - Date.parse(one.ended.at),
  )
  const older = sorted.slice(SHOWN)
  return html`<section class="card" aria-labelledby="ended">
      <h2 id="ended">${view.text.account.endedSessions}</h2>
      <ul class="sessions">${sorted.slice(0, SHOWN).map((session) => endedItem(view, session))}</ul>
      ${
        older.length === 0
          ? null
          : html`<details>
        <summary>${view.text.account.olderSessions(older.length)}</summary>
        <ul class="sessions">${older.map((session) => endedItem(view, session))}</ul>
      </details>`
      }
    </section>`
}

function endedItem(view: AccountView, session: EndedSession): Html {
  return html`<li class="session past" ${session.ended.reason === 'reused' ? html`data-tone="danger"` : null}>
        <div class="session-head">
          <h3>${deviceAndAddress(session.device, view.text)}</h3>
          <span class="when">${instant(session.ended.at, view.lang)}</span>
        </div>
        <p>${storyOf(session, view)}</p>
      </li>`
}

/** Why a session ended, in plain words, and from where, unless that was the device itself. */
export function storyOf(
  { ended, device }: EndedSession,
  { text, lang }: Pick<AccountView, 'text' | 'lang'>,
): string {
  const { details } = ended
  if (details !== null && 'presented' in details)
    return text.details(
      formatSpan(details.after, lang),
      deviceAndAddress(details.device, text),
      deviceAndAddress(details.holder, text),
    )
  // A reason may be the application's own, and `constructor` is in every object.
  const why = Object.hasOwn(text.ended, ended.reason)
    ? text.ended[ended.reason as keyof typeof text.ended]
    : text.endedOther(ended.reason)
  const by = details === null ? null : deviceAndAddress(details.device, text)
  return by === null || by === deviceAndAddress(device, text) ? why : text.endedFrom(why, by)
}
