import { html } from 'hono/html'
import {
  claimRows,
  headerText,
  remainingShare,
  tokenLifetime,
  type ClaimRow,
} from '../shared/claims.ts'
import { formatClock } from '../shared/times.ts'
import { timeElement } from './components.ts'
import type { Html } from './layout.ts'
import type { TokensView } from './tokens-view.ts'

/** The access token: time left, header and claims. */
export function accessTokenCard(view: TokensView): Html {
  const { text } = view
  const { access } = view.session
  return html`<section class="card token" aria-labelledby="access">
      <div class="token-header">
        ${timeLeftRing(view)}
        <div>
          <h2 id="access">${text.tokens.access}</h2>
          <p class="hint">${text.tokens.accessLead}</p>
        </div>
      </div>
      <h3>${text.tokens.header}</h3>
      <p class="code" id="header">${headerText(access.header)}</p>
      <h3 id="claims-title">${text.tokens.claims}</h3>
      <table class="claims" aria-labelledby="claims-title">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">${text.tokens.claim}</th>
            <th scope="col">${text.tokens.value}</th>
          </tr>
        </thead>
        <tbody id="claims">${claimRows(access.claims, text).map((row) => claim(row, view))}</tbody>
      </table>
    </section>`
}

/** A ring that empties as the token expires. `pathLength` makes its circumference 1. */
function timeLeftRing({ text, session }: TokensView): Html {
  const { expires_in: left, claims } = session.access
  const lifetime = tokenLifetime(claims)
  return html`<div class="ring" id="ring" role="timer" aria-label="${text.tokens.timeLeft}"
          data-left="${left}" data-lifetime="${lifetime ?? ''}">
          <svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">
            <circle class="ring-track" cx="50" cy="50" r="44" />
            <circle class="ring-left" id="ring-left" cx="50" cy="50" r="44" pathLength="1"
              stroke-dasharray="${remainingShare(left, lifetime).toFixed(4)} 2" />
          </svg>
          <span class="ring-clock" id="clock">${formatClock(left)}</span>
        </div>`
}

function claim({ name, value, meaning, instant }: ClaimRow, { lang }: TokensView): Html {
  const when =
    instant === null
      ? null
      : html` <span class="when">${timeElement(instant, lang, 'second')}</span>`
  return html`<tr>
            <th scope="row"><code>${name}</code></th>
            <td><code class="value">${value}</code>${when}
              <p class="hint">${meaning}</p></td>
          </tr>`
}
