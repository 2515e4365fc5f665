import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'

export interface ProblemView extends PageView {
  /** HTTP status. */
  status: number
  /** The error code, for people who report the problem. */
  code?: string
  signedIn?: boolean
}

/** The page for a missing page, a refused request or a failure of the server. */
export function problemPage(view: ProblemView): Html {
  const { text, status, code } = view
  const signedIn = view.signedIn === true
  const title = byStatus(text.problem.titles, status) ?? text.problem.titleOther
  const lead = byStatus(text.problem.leads, status) ?? text.problem.leadOther
  const [href, label] = signedIn ? ['/account', text.problem.home] : ['/login', text.problem.signIn]
  const main = html`<section class="card narrow centered">
      <p class="status-code" aria-hidden="true">${status}</p>
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${
        code === undefined
          ? null
          : html`<p class="hint">${text.problem.code} <code>${code}</code></p>`
      }
      <p><a class="button primary" href="${href}">${label}</a></p>
    </section>`
  return layout(view, { page: 'problem', title, main, signedIn })
}

const byStatus = (texts: Readonly<Record<string, string>>, status: number): string | undefined =>
  texts[String(status)]
