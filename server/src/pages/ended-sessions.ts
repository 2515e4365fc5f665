import { html } from 'hono/html'
import { deviceWithAddress } from '../shared/device.ts'
import { endText, type EndedSession } from '../shared/end-text.ts'
import type { AccountView } from './account-view.ts'
import { timeElement } from './components.ts'
import type { Html } from './layout.ts'

/** How many sessions are visible at first; the older ones are in a collapsed list. */
const VISIBLE = 4

/** The sessions that have ended, newest first, each with the reason. */
export function endedSessions(view: AccountView, sessions: readonly EndedSession[]): Html | null {
  if (sessions.length === 0) return null
  const sorted = sessions.toSorted((a, b) => Date.parse(b.ended.at) - Date.parse(a.ended.at))
  const [recent, older] = [sorted.slice(0, VISIBLE), sorted.slice(VISIBLE)]
  return html`<section class="card" aria-labelledby="ended">
      <h2 id="ended">${view.text.account.endedSessions}</h2>
      <ul class="sessions">${recent.map((session) => endedSession(view, session))}</ul>
      ${
        older.length === 0
          ? null
          : html`<details>
        <summary>${view.text.account.olderSessions(older.length)}</summary>
        <ul class="sessions">${older.map((session) => endedSession(view, session))}</ul>
      </details>`
      }
    </section>`
}

function endedSession({ text, lang }: AccountView, session: EndedSession): Html {
  const tone = session.ended.reason === 'reused' ? html`data-tone="danger"` : null
  return html`<li class="session ended" ${tone}>
        <div class="session-header">
          <h3>${deviceWithAddress(session.device, text)}</h3>
          <span class="when">${timeElement(session.ended.at, lang)}</span>
        </div>
        <p>${endText(session, text, lang)}</p>
      </li>`
}
