import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './next.ts'
import { field, note, problemBox } from './components.ts'
import type { PageProblem } from '../shared/problem-text.ts'

export interface SignInView extends PageView {
  /** Where to go afterwards. */
  next: string
  username?: string
  problem?: PageProblem
  /** The code that brought somebody here; one that we do not know is not shown. */
  reason?: string
}

/** `GET /login`, and the answer to a `POST /login` that was refused. */
export function signInPage(view: SignInView): Html {
  const { text, problem } = view
  const next = safeNext(view.next)
  const known = view.username !== undefined && view.username !== ''
  const main = html`<section class="card narrow">
      <h1>${text.signIn.title}</h1>
      <p class="lead">${text.signIn.lead}</p>
      ${problem === undefined ? reason(view) : null}
      <form method="post" action="/login" data-sign-in="/login" data-busy="${text.signIn.busy}">
        ${problemBox('problem', problem, text)}
        <input type="hidden" name="mode" value="cookie" />
        <input type="hidden" name="next" value="${next}" />
        ${field({
          name: 'username',
          label: text.signIn.username,
          type: 'text',
          autocomplete: 'username',
          problemId: 'problem',
          problem,
          value: view.username ?? '',
          autofocus: !known,
        })}
        ${field({
          name: 'password',
          label: text.signIn.password,
          type: 'password',
          autocomplete: 'current-password',
          problemId: 'problem',
          problem,
          autofocus: known,
        })}
        <button class="button primary wide">${text.signIn.submit}</button>
      </form>
      <p class="aside">${text.signIn.noAccount} <a href="/register?next=${encodeURIComponent(next)}">${text.signIn.register}</a></p>
    </section>`
  return layout(view, {
    page: 'sign-in',
    title: text.signIn.title,
    main,
    next,
    refused: problem !== undefined,
  })
}

/** Somebody whose session was stolen has to hear it, whatever else the page says. */
function reason({ text, reason: code }: SignInView): Html | null {
  if (code === undefined || !Object.hasOwn(text.reasons, code)) return null
  return note(
    code === 'refresh_token_reused' ? 'danger' : 'info',
    html`<p>${text.reasons[code as keyof typeof text.reasons]}</p>`,
  )
}
