import { html } from 'hono/html'
import type { PageProblem } from '../shared/problem-text.ts'
import { field, problemBox } from './components.ts'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './return-path.ts'

export interface RegisterView extends PageView {
  /** Where to go after the registration. */
  next: string
  /** The minimum length of a password, in characters. */
  passwordMin: number
  /** Empty if there is none. */
  invitation?: string
  username?: string
  problem?: PageProblem
}

/** `GET /register`, and the response to a refused `POST /register`. */
export function registerPage(view: RegisterView): Html {
  const { text, problem, passwordMin } = view
  const next = safeNext(view.next)
  const signInHref = `/login?next=${encodeURIComponent(next)}`
  const main = html`<section class="card narrow">
      <h1>${text.register.title}</h1>
      <p class="lead">${text.register.lead}</p>
      <form method="post" action="/register" data-sign-in="/register"
        data-busy="${text.register.busy}" data-min="${passwordMin}">
        ${problemBox('problem', problem, text)}
        <input type="hidden" name="mode" value="cookie" />
        <input type="hidden" name="next" value="${next}" />
        <input type="hidden" name="invitation" value="${view.invitation ?? ''}" />
        ${fields(view)}
        <button class="button primary wide">${text.register.submit}</button>
      </form>
      <p class="aside">
        ${text.register.haveAccount} <a href="${signInHref}">${text.register.signIn}</a>
      </p>
    </section>`
  return layout(view, {
    page: 'register',
    title: text.register.title,
    main,
    next,
    refused: problem !== undefined,
  })
}

function fields({ text, problem, passwordMin, username = '' }: RegisterView): Html {
  const passwordRefused = problem?.code.startsWith('password_') === true
  return html`${field({
    name: 'username',
    label: text.register.username,
    type: 'text',
    autocomplete: 'username',
    problemId: 'problem',
    problem,
    hint: text.register.usernameHint,
    value: username,
    autofocus: !passwordRefused,
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
          autofocus: passwordRefused,
        })}`
}
