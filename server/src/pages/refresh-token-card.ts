import { html } from 'hono/html'
import type { Lang } from '../shared/locales/index.ts'
import { relativeTime, timeElement } from './components.ts'
import type { Html } from './layout.ts'
import type { TokensView } from './tokens-view.ts'

/** What is public about the refresh token, never the token itself. */
export function refreshTokenCard({ text, lang, now, session }: TokensView): Html {
  const { refresh } = session
  return html`<section class="card token" aria-labelledby="refresh">
      <div class="token-header">
        <p class="generation">
          <span class="generation-value" id="generation">${refresh.generation}</span>
          <span class="hint">${text.tokens.generation}</span>
        </p>
        <div>
          <h2 id="refresh">${text.tokens.refresh}</h2>
          <p class="hint">${text.tokens.refreshLead}</p>
        </div>
      </div>
      <dl class="facts">
        <div>
          <dt>${text.tokens.sessionId}</dt>
          <dd><code class="value" id="session-id">${refresh.session_id}</code></dd>
        </div>
        <div>
          <dt>${text.tokens.issued}</dt>
          <dd id="issued">${timeElement(refresh.issued_at, lang, 'second')}</dd>
        </div>
        <div>
          <dt>${text.tokens.idleEnd}</dt>
          <dd id="idle-end">${expiry(refresh.idle_ends_at, now, lang)}</dd>
        </div>
        <div>
          <dt>${text.tokens.absoluteEnd}</dt>
          <dd id="absolute-end">${expiry(refresh.ends_at, now, lang)}</dd>
        </div>
      </dl>
      <p class="http-only">${text.tokens.httpOnly}</p>
    </section>`
}

function expiry(iso: string, now: number, lang: Lang): Html {
  return html`${timeElement(iso, lang)} <span class="when">${relativeTime(iso, now, lang)}</span>`
}
