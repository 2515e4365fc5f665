import type { SessionResponse } from 'latchkey/protocol'
import { html } from 'hono/html'
import type { Texts } from '../shared/locales/index.ts'
import { endedSessions } from './ended-sessions.ts'
import { endText, type EndedSession } from '../shared/end-text.ts'
import { layout, type Html, type PageView } from './layout.ts'
import { activeSessions } from './active-sessions.ts'
import { field, note, problemBox } from './components.ts'
import type { PageProblem } from '../shared/problem-text.ts'

export interface AccountView extends PageView {
  username: string
  sessions: readonly SessionResponse[]
  /** Milliseconds since 1970. */
  now: number
  /** The least number of characters of a password. */
  passwordMin: number
  /** What has just been done. */
  notice?: keyof Texts['account']['notices']
  /** Why the form that changes the password was refused. */
  problem?: PageProblem
}

/** A theft is told on top of the page for this long. Milliseconds. */
const TOLD_FOR = 7 * 86_400_000

/** `GET /account`, and the answer to a `POST /account/password` that was refused. */
export function accountPage(view: AccountView): Html {
  const { text, notice, problem } = view
  const live = view.sessions.filter((session) => session.ended === null)
  const ended = view.sessions.filter((session): session is EndedSession => session.ended !== null)
  const main = html`<div class="page">
      <header class="heading">
        <h1>${text.account.title}</h1>
        <p class="lead">${text.account.signedInAs} <strong class="name" dir="auto">${view.username}</strong></p>
      </header>
      ${notice === undefined ? null : note('good', html`<p role="status">${text.account.notices[notice]}</p>`)}
      ${theft(view, ended)}
      <div class="columns">
        <div class="column">
          ${activeSessions(view, live)}
          ${endedSessions(view, ended)}
        </div>
        <div class="column">
          ${passwordForm(view)}
          <p class="card slim"><a class="arrow" href="/tokens">${text.account.tokensLink}</a></p>
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

/** Whoever was stolen from is told first of all. */
function theft(view: AccountView, ended: readonly EndedSession[]): Html | null {
  const { text, now } = view
  const recent = ended.find(
    ({ ended: end }) => end.reason === 'reused' && now - Date.parse(end.at) < TOLD_FOR,
  )
  if (recent === undefined) return null
  return note(
    'danger',
    html`<h2>${text.account.reusedTitle}</h2>
        <p>${endText(recent, view.text, view.lang)}</p>
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
