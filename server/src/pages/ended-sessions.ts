import { html } from 'hono/html'
import type { AccountView } from './account.ts'
import { deviceWithAddress } from '../shared/device.ts'
import type { Html } from './layout.ts'
import { timeElement } from './components.ts'
import { endText, type EndedSession } from '../shared/end-text.ts'

/** More of them are folded away. */
const SHOWN = 4

/** The sessions that ended, the latest first, each with why. */
export function endedSessions(view: AccountView, sessions: readonly EndedSession[]): Html | null {
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
          <h3>${deviceWithAddress(session.device, view.text)}</h3>
          <span class="when">${timeElement(session.ended.at, view.lang)}</span>
        </div>
        <p>${endText(session, view.text, view.lang)}</p>
      </li>`
}
