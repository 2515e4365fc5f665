import { html } from 'hono/html'
import type { PageProblem } from '../shared/problem-text.ts'
import { field, note, problemBox } from './components.ts'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './return-path.ts'

export interface SignInView extends PageView {
  /** Where to go after the sign-in. */
  next: string
  /** Who may create an account. Without an invitation, the page does not lead to the form. */
  registration?: 'open' | 'invite' | 'closed'
  username?: string
  problem?: PageProblem
  /** Why the browser was sent to this page, as a code. Unknown codes are not shown. */
  reason?: string
}

/** `GET /login`, and the response to a refused `POST /login`. */
export function signInPage(view: SignInView): Html {
  const { text, problem } = view
  const next = safeNext(view.next)
  const registerHref = `/register?next=${encodeURIComponent(next)}`
  const main = html`<section class="card narrow">
      <h1>${text.signIn.title}</h1>
      <p class="lead">${text.signIn.lead}</p>
      ${problem === undefined ? reasonNote(view) : null}
      <form method="post" action="/login" data-sign-in="/login" data-busy="${text.signIn.busy}">
        ${problemBox('problem', problem, text)}
        <input type="hidden" name="mode" value="cookie" />
        <input type="hidden" name="next" value="${next}" />
        ${fields(view)}
        <button class="button primary wide">${text.signIn.submit}</button>
      </form>
      ${
        (view.registration ?? 'open') === 'open'
          ? html`<p class="aside">
        ${text.signIn.noAccount} <a href="${registerHref}">${text.signIn.register}</a>
      </p>`
          : null
      }
    </section>`
  return layout(view, {
    page: 'sign-in',
    title: text.signIn.title,
    main,
    next,
    refused: problem !== undefined,
  })
}

function fields({ text, problem, username = '' }: SignInView): Html {
  const hasUsername = username !== ''
  return html`${field({
    name: 'username',
    label: text.signIn.username,
    type: 'text',
    autocomplete: 'username',
    problemId: 'problem',
    problem,
    value: username,
    autofocus: !hasUsername,
  })}
        ${field({
          name: 'password',
          label: text.signIn.password,
          type: 'password',
          autocomplete: 'current-password',
          problemId: 'problem',
          problem,
          autofocus: hasUsername,
        })}`
}

/** Says why a session ended. A reused token is a warning, the other reasons are information. */
function reasonNote({ text, reason }: SignInView): Html | null {
  if (reason === undefined || !Object.hasOwn(text.reasons, reason)) return null
  return note(
    reason === 'refresh_token_reused' ? 'danger' : 'info',
    html`<p>${text.reasons[reason as keyof typeof text.reasons]}</p>`,
  )
}
