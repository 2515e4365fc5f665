import { html } from 'hono/html'
import { endText, type EndedSession } from '../shared/end-text.ts'
import type { AccountView } from './account-view.ts'
import { activeSessions } from './active-sessions.ts'
import { field, note, problemBox } from './components.ts'
import { endedSessions } from './ended-sessions.ts'
import { layout, type Html } from './layout.ts'

/** How long the page warns about a reused refresh token. Milliseconds. */
const REUSE_WARNING_PERIOD = 7 * 86_400_000

/** `GET /account`, and the response to a refused `POST /account/password`. */
export function accountPage(view: AccountView): Html {
  const { text, notice, problem } = view
  const active = view.sessions.filter((session) => session.ended === null)
  const ended = view.sessions.filter((session): session is EndedSession => session.ended !== null)
  const main = html`<div class="page">
      <header class="heading">
        <h1>${text.account.title}</h1>
        <p class="lead">
          ${text.account.signedInAs} <strong class="name" dir="auto">${view.username}</strong>
        </p>
      </header>
      ${
        notice === undefined
          ? null
          : note('good', html`<p role="status">${text.account.notices[notice]}</p>`)
      }
      ${reuseWarning(view, ended)}
      <div class="columns">
        <div class="column">
          ${activeSessions(view, active)}
          ${endedSessions(view, ended)}
          ${nextPage(view)}
        </div>
        <div class="column">
          ${passwordForm(view)}
          <p class="card compact"><a class="arrow" href="/tokens">${text.account.tokensLink}</a></p>
        </div>
      </div>
    </div>`
  return layout(view, {
    page: 'account',
    title: text.account.title,
    main,
    next: '/account',
    refused: problem !== undefined,
    signedIn: true,
  })
}

/** A link to the sessions that this page has no room for. */
function nextPage({ text, nextCursor }: AccountView): Html | null {
  if (nextCursor === null) return null
  const href = `/account?cursor=${encodeURIComponent(nextCursor)}`
  return html`<p class="card compact"><a class="arrow" href="${href}">${text.account.moreSessions}</a></p>`
}

/** A warning at the top of the page if a session ended recently because its token was reused. */
function reuseWarning(view: AccountView, ended: readonly EndedSession[]): Html | null {
  const { text, lang, now } = view
  const reused = ended.find(
    ({ ended: end }) => end.reason === 'reused' && now - Date.parse(end.at) < REUSE_WARNING_PERIOD,
  )
  if (reused === undefined) return null
  return note(
    'danger',
    html`<h2>${text.account.reusedTitle}</h2>
        <p>${endText(reused, text, lang)}</p>
        <p>${text.account.reusedAdvice}</p>`,
  )
}

function passwordForm({ text, username, passwordMin, problem }: AccountView): Html {
  const problemId = 'password-problem'
  return html`<section class="card" aria-labelledby="change-password">
      <h2 id="change-password">${text.account.changePassword}</h2>
      <form method="post" action="/account/password">
        ${problemBox(problemId, problem, text)}
        <input type="text" value="${username}" autocomplete="username" hidden />
        ${field({
          name: 'current_password',
          label: text.account.currentPassword,
          type: 'password',
          autocomplete: 'current-password',
          problemId,
          problem,
        })}
        ${field({
          name: 'new_password',
          label: text.account.newPassword,
          type: 'password',
          autocomplete: 'new-password',
          problemId,
          problem,
          hint: text.account.newPasswordHint(passwordMin),
          min: passwordMin,
        })}
        <button class="button primary wide">${text.account.changePasswordSubmit}</button>
      </form>
    </section>`
}
