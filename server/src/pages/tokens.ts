import { html } from 'hono/html'
import { accessTokenCard } from './access-token-card.ts'
import type { SessionDescription } from '../sessions/event-types.ts'
import { layout, signOutForm, type Html, type PageView } from './layout.ts'
import { refreshTokenCard } from './refresh-token-card.ts'
import { sessionActivity } from './session-activity.ts'

export interface TokensView extends PageView {
  /** Milliseconds since 1970. */
  now: number
  /** What `GET /session` answers. */
  session: SessionDescription
}

/** `GET /tokens`: both tokens as they are now; the script of the page lets them live. */
export function tokensPage(view: TokensView): Html {
  const { text } = view
  const main = html`<div class="page" id="tokens">
      <header class="heading">
        <h1>${text.tokens.title}</h1>
        <p class="lead">${text.tokens.lead}</p>
      </header>
      <noscript><div class="note" data-tone="info"><p>${text.tokens.noScript}</p></div></noscript>
      ${actions(view)}
      <div class="columns even">
        <div class="column">${accessTokenCard(view)}</div>
        <div class="column">${refreshTokenCard(view)} ${sessionActivity(view)}</div>
      </div>
    </div>`
  return layout(view, {
    page: 'tokens',
    title: text.tokens.title,
    main,
    next: '/tokens',
    signedIn: true,
  })
}

/** Plain forms, so that they work without script as well. */
function actions({ text }: TokensView): Html {
  return html`<section class="card slim" aria-labelledby="actions">
      <h2 id="actions" class="unseen">${text.tokens.actions}</h2>
      <div class="actions">
        <form method="post" action="/refresh" id="renew">
          <input type="hidden" name="mode" value="cookie" />
          <input type="hidden" name="next" value="/tokens" />
          <button class="button primary">${text.tokens.renew}</button>
        </form>
        <form method="get" action="/protected" id="call"><button class="button plain">${text.tokens.callProtected}</button></form>
        ${signOutForm(text.tokens.signOut, 'plain')}
      </div>
      <div class="answer" id="answer" role="status"></div>
    </section>`
}
