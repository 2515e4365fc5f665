import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'

export interface ProblemView extends PageView {
  /** HTTP status. */
  status: number
  /** The code of the refusal, for somebody who reports it. */
  code?: string
  signedIn?: boolean
}

/** What a browser is shown where there is no page, a request was refused, or something broke. */
export function problemPage(view: ProblemView): Html {
  const { text, status, code } = view
  const signedIn = view.signedIn === true
  const title = textOf(text.problem.titles, status) ?? text.problem.titleOther
  const main = html`<section class="card narrow centred">
      <p class="figure" aria-hidden="true">${status}</p>
      <h1>${title}</h1>
      <p class="lead">${textOf(text.problem.leads, status) ?? text.problem.leadOther}</p>
      ${code === undefined ? null : html`<p class="hint">${text.problem.code} <code>${code}</code></p>`}
      <p><a class="button primary" href="${signedIn ? '/account' : '/login'}">${signedIn ? text.problem.home : text.problem.signIn}</a></p>
    </section>`
  return layout(view, { page: 'problem', title, main, signedIn })
}

const textOf = (texts: Readonly<Record<string, string>>, status: number): string | undefined =>
  texts[String(status)]
