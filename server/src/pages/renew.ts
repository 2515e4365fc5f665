import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './next.ts'

export interface RenewView extends PageView {
  /** The page that was asked for. */
  next: string
}

/** Shown in place of a page whose access token has run out: the script renews it and goes on. */
export function renewPage(view: RenewView): Html {
  const { text } = view
  const next = safeNext(view.next)
  const main = html`<section class="card narrow centred">
      <div class="spinner" id="spinner" aria-hidden="true"></div>
      <h1 id="title" data-failed="${text.renew.failedTitle}">${text.renew.title}</h1>
      <p class="lead" id="lead" role="status" data-failed="${text.renew.failed}">${text.renew.lead}</p>
      <button class="button primary" id="retry" type="button" hidden>${text.renew.retry}</button>
      <noscript>
        <form method="post" action="/refresh">
          <input type="hidden" name="mode" value="cookie" />
          <input type="hidden" name="next" value="${next}" />
          <p>${text.renew.noScript}</p>
          <button class="button primary">${text.renew.go}</button>
        </form>
      </noscript>
    </section>`
  return layout(view, { page: 'renew', title: text.renew.title, main, next })
}
