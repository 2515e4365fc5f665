import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './next.ts'
import { field, problemBox } from './components.ts'
import type { PageProblem } from '../shared/problem-text.ts'

export interface RegisterView extends PageView {
  /** Where to go afterwards. */
  next: string
  /** The least number of characters of a password. */
  passwordMin: number
  username?: string
  problem?: PageProblem
}

/** `GET /register`, and the answer to a `POST /register` that was refused. */
export function registerPage(view: RegisterView): Html {
  const { text, problem, passwordMin } = view
  const next = safeNext(view.next)
  const known = problem !== undefined && problem.code.startsWith('password_')
  const main = html`<section class="card narrow">
      <h1>${text.register.title}</h1>
      <p class="lead">${text.register.lead}</p>
      <form method="post" action="/register" data-sign-in="/register" data-busy="${text.register.busy}" data-min="${passwordMin}">
        ${problemBox('problem', problem, text)}
        <input type="hidden" name="mode" value="cookie" />
        <input type="hidden" name="next" value="${next}" />
        ${field({
          name: 'username',
          label: text.register.username,
          type: 'text',
          autocomplete: 'username',
          problemId: 'problem',
          problem,
          hint: text.register.usernameHint,
          value: view.username ?? '',
          autofocus: !known,
        })}
        ${field({
          name: 'password',
          label: text.register.password,
          type: 'password',
          autocomplete: 'new-password',
          problemId: 'problem',
          problem,
          hint: text.register.passwordHint(passwordMin),
          min: passwordMin,
          autofocus: known,
        })}
        <button class="button primary wide">${text.register.submit}</button>
      </form>
      <p class="aside">${text.register.haveAccount} <a href="/login?next=${encodeURIComponent(next)}">${text.register.signIn}</a></p>
    </section>`
  return layout(view, {
    page: 'register',
    title: text.register.title,
    main,
    next,
    refused: problem !== undefined,
  })
}
