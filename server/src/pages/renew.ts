import { html } from 'hono/html'
import { layout, type Html, type PageView } from './layout.ts'
import { safeNext } from './return-path.ts'

export interface RenewView extends PageView {
  /** The page that was requested. */
  next: string
}

/**
 * Shown in place of a page if the access token has expired. The script renews the session and
 * continues to the page.
 */
export function renewPage(view: RenewView): Html {
  const { text } = view
  const next = safeNext(view.next)
  const main = html`<section class="card narrow centered">
      <div class="spinner" id="spinner" aria-hidden="true"></div>
      <h1 id="title" data-failed="${text.renew.failedTitle}">${text.renew.title}</h1>
      <p class="lead" id="lead" role="status"
        data-failed="${text.renew.failed}">${text.renew.lead}</p>
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
