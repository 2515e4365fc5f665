import type { SessionResponse } from 'latchkey/protocol'
import { html } from 'hono/html'
import type { AccountView } from './account.ts'
import { deviceText } from '../shared/device.ts'
import { signOutForm, type Html } from './layout.ts'
import { relativeTime, timeElement } from './components.ts'

/** The sessions that live, this one first, then the last used. */
export function activeSessions(view: AccountView, sessions: readonly SessionResponse[]): Html {
  const { text } = view
  const sorted = sessions.toSorted(
    (one, other) =>
      Number(other.current) - Number(one.current) ||
      Date.parse(other.last_used_at) - Date.parse(one.last_used_at),
  )
  const others = sessions.some((session) => !session.current)
  return html`<section class="card" aria-labelledby="sessions">
      <div class="bar">
        <h2 id="sessions">${text.account.sessions}</h2>
        ${
          others
            ? html`<form method="post" action="/account/sign-out-others"><button class="button plain">${text.account.signOutOthers}</button></form>`
            : null
        }
      </div>
      <ul class="sessions">${sorted.map((session) => liveItem(view, session))}</ul>
      ${others ? null : html`<p class="hint">${text.account.noOthers}</p>`}
    </section>`
}

function liveItem({ text, lang, now }: AccountView, session: SessionResponse): Html {
  const device = deviceText(session.device.userAgent, text)
  return html`<li class="session">
        <div class="session-head">
          <h3>${device}</h3>
          ${session.current ? html`<span class="badge">${text.account.thisDevice}</span>` : null}
        </div>
        <dl class="facts">
          <div><dt>${text.account.address}</dt><dd>${session.device.address ?? text.account.addressUnknown}</dd></div>
          <div><dt>${text.account.lastUsed}</dt><dd>${relativeTime(session.last_used_at, now, lang)}</dd></div>
          <div><dt>${text.account.started}</dt><dd>${timeElement(session.created_at, lang)}</dd></div>
          <div><dt>${text.account.endsAt}</dt><dd>${timeElement(session.ends_at, lang)}</dd></div>
        </dl>
        ${
          session.current
            ? signOutForm(text.account.signOut, 'plain')
            : html`<form class="sign-out" method="post" action="/account/sign-out-session">
          <input type="hidden" name="session_id" value="${session.id}" />
          <button class="button plain">${text.account.signOut}<span class="unseen"> ${device}</span></button>
        </form>`
        }
      </li>`
}
