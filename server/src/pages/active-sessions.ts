import type { SessionResponse } from 'latchkey/protocol'
import { html } from 'hono/html'
import { deviceText } from '../shared/device.ts'
import type { AccountView } from './account-view.ts'
import { relativeTime, timeElement } from './components.ts'
import { signOutForm, type Html } from './layout.ts'

/** The sessions that have not ended: the current one first, then the most recently used. */
export function activeSessions(view: AccountView, sessions: readonly SessionResponse[]): Html {
  const { text } = view
  const sorted = sessions.toSorted(
    (a, b) =>
      Number(b.current) - Number(a.current) ||
      Date.parse(b.last_used_at) - Date.parse(a.last_used_at),
  )
  const hasOthers = sessions.some((session) => !session.current)
  return html`<section class="card" aria-labelledby="sessions">
      <div class="section-header">
        <h2 id="sessions">${text.account.sessions}</h2>
        ${
          hasOthers
            ? html`<form method="post" action="/account/sign-out-others">
          <button class="button outlined">${text.account.signOutOthers}</button>
        </form>`
            : null
        }
      </div>
      <ul class="sessions">${sorted.map((session) => activeSession(view, session))}</ul>
      ${hasOthers ? null : html`<p class="hint">${text.account.noOthers}</p>`}
    </section>`
}

function activeSession(view: AccountView, session: SessionResponse): Html {
  const { text, lang, now } = view
  const device = deviceText(session.device.userAgent, text)
  const address = session.device.address ?? text.account.addressUnknown
  return html`<li class="session">
        <div class="session-header">
          <h3>${device}</h3>
          ${session.current ? html`<span class="badge">${text.account.thisDevice}</span>` : null}
        </div>
        <dl class="facts">
          <div><dt>${text.account.address}</dt><dd>${address}</dd></div>
          <div>
            <dt>${text.account.lastUsed}</dt>
            <dd>${relativeTime(session.last_used_at, now, lang)}</dd>
          </div>
          <div>
            <dt>${text.account.started}</dt>
            <dd>${timeElement(session.created_at, lang)}</dd>
          </div>
          <div>
            <dt>${text.account.endsAt}</dt>
            <dd>${timeElement(session.ends_at, lang)}</dd>
          </div>
        </dl>
        ${
          session.current
            ? signOutForm(text.account.signOut, 'outlined')
            : signOutSessionForm(session.id, device, view)
        }
      </li>`
}

function signOutSessionForm(id: string, device: string, { text }: AccountView): Html {
  return html`<form class="sign-out" method="post" action="/account/sign-out-session">
          <input type="hidden" name="session_id" value="${id}" />
          <button class="button outlined">
            ${text.account.signOut}<span class="visually-hidden"> ${device}</span>
          </button>
        </form>`
}
