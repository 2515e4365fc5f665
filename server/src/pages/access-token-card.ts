import { html } from 'hono/html'
import {
  claimRows,
  headerText,
  tokenLifetime,
  remainingShare,
  type ClaimRow,
} from '../shared/claims.ts'
import type { Html } from './layout.ts'
import { timeElement } from './components.ts'
import { formatClock } from '../shared/times.ts'
import type { TokensView } from './tokens.ts'

/** The access token: its time, its header, its claims. */
export function accessTokenCard(view: TokensView): Html {
  const { text } = view
  const { access } = view.session
  return html`<section class="card token" aria-labelledby="access">
      <div class="token-head">
        ${ring(view)}
        <div>
          <h2 id="access">${text.tokens.access}</h2>
          <p class="hint">${text.tokens.accessLead}</p>
        </div>
      </div>
      <h3>${text.tokens.header}</h3>
      <p class="code" id="header">${headerText(access.header)}</p>
      <h3 id="claims-title">${text.tokens.claims}</h3>
      <table class="claims" aria-labelledby="claims-title">
        <thead class="unseen"><tr><th scope="col">${text.tokens.claim}</th><th scope="col">${text.tokens.value}</th></tr></thead>
        <tbody id="claims">${claimRows(access.claims, text).map((row) => claim(row, view))}</tbody>
      </table>
    </section>`
}

/** The time that is left, as a ring that empties; `pathLength` makes its circumference 1. */
function ring({ text, session }: TokensView): Html {
  const { access } = session
  const lifetime = tokenLifetime(access.claims)
  const left = formatClock(access.expires_in)
  return html`<div class="ring" id="ring" data-left="${access.expires_in}" data-lifetime="${lifetime ?? ''}"
        role="timer" aria-label="${text.tokens.timeLeft}">
          <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
            <circle class="ring-track" cx="50" cy="50" r="44" />
            <circle class="ring-left" id="ring-left" cx="50" cy="50" r="44" pathLength="1"
              stroke-dasharray="${remainingShare(access.expires_in, lifetime).toFixed(4)} 2" />
          </svg>
          <span class="ring-clock" id="clock">${left}</span>
        </div>`
}

function claim(row: ClaimRow, { lang }: TokensView): Html {
  return html`<tr>
            <th scope="row"><code>${row.name}</code></th>
            <td><code class="value">${row.value}</code>${row.instant === null ? null : html` <span class="when">${timeElement(row.instant, lang, 'second')}</span>`}
              <p class="hint">${row.meaning}</p></td>
          </tr>`
}
