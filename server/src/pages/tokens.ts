import { html } from 'hono/html'
import { accessTokenCard } from './access-token-card.ts'
import { layout, signOutForm, type Html } from './layout.ts'
import { refreshTokenCard } from './refresh-token-card.ts'
import { sessionActivity } from './session-activity.ts'
import type { TokensView } from './tokens-view.ts'

/** `GET /tokens`: both tokens as they are now. The script of the page keeps them up to date. */
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

/** Plain forms, so they also work without the script. */
function actions({ text }: TokensView): Html {
  return html`<section class="card compact" aria-labelledby="actions">
      <h2 id="actions" class="visually-hidden">${text.tokens.actions}</h2>
      <div class="actions">
        <form method="post" action="/refresh" id="renew">
          <input type="hidden" name="mode" value="cookie" />
          <input type="hidden" name="next" value="/tokens" />
          <button class="button primary">${text.tokens.renew}</button>
        </form>
        <form method="get" action="/protected" id="call">
          <button class="button outlined">${text.tokens.callProtected}</button>
        </form>
        ${signOutForm(text.tokens.signOut, 'outlined')}
      </div>
      <div class="result" id="result" role="status"></div>
    </section>`
}
