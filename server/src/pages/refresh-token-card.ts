import { html } from 'hono/html'
import type { Html } from './layout.ts'
import { relativeTime, timeElement } from './components.ts'
import type { TokensView } from './tokens.ts'

/** The refresh token: what may be said of it. */
export function refreshTokenCard({ text, lang, now, session }: TokensView): Html {
  const { refresh } = session
  return html`<section class="card token" aria-labelledby="refresh">
      <div class="token-head">
        <p class="counter"><span class="counter-value" id="generation">${refresh.generation}</span> <span class="hint">${text.tokens.generation}</span></p>
        <div>
          <h2 id="refresh">${text.tokens.refresh}</h2>
          <p class="hint">${text.tokens.refreshLead}</p>
        </div>
      </div>
      <dl class="facts">
        <div><dt>${text.tokens.sessionId}</dt><dd><code class="value" id="session-id">${refresh.session_id}</code></dd></div>
        <div><dt>${text.tokens.issued}</dt><dd id="issued">${timeElement(refresh.issued_at, lang, 'second')}</dd></div>
        <div><dt>${text.tokens.idleEnd}</dt><dd id="idle-end">${timeElement(refresh.idle_ends_at, lang)} <span class="when">${relativeTime(refresh.idle_ends_at, now, lang)}</span></dd></div>
        <div><dt>${text.tokens.absoluteEnd}</dt><dd id="absolute-end">${timeElement(refresh.ends_at, lang)} <span class="when">${relativeTime(refresh.ends_at, now, lang)}</span></dd></div>
      </dl>
      <p class="sealed">${text.tokens.httpOnly}</p>
    </section>`
}
