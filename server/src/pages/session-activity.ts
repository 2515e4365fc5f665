import { html, raw } from 'hono/html'
import type { SessionEvent } from '../sessions/event-types.ts'
import { deviceWithAddress } from '../shared/device.ts'
import type { Html } from './layout.ts'
import { timeElement } from './components.ts'
import { eventKey, eventText, type EventText } from '../shared/event-text.ts'
import type { TokensView } from './tokens.ts'

/** Everything that happened to the session, the newest first. */
export function sessionActivity(view: TokensView): Html {
  const { text, session } = view
  const events = session.events.toReversed()
  return html`<section class="card" aria-labelledby="renewals">
      <div class="bar">
        <h2 id="renewals">${text.tokens.activity}</h2>
        <p class="live" id="live" hidden data-live="${text.tokens.live}" data-paused="${text.tokens.paused}"></p>
      </div>
      <p class="hint">${text.tokens.activityLead}</p>
      <ol class="timeline" id="timeline" aria-live="polite" aria-relevant="additions">${events.map((event) => told(event, view))}</ol>
      <p class="hint" id="nothing" ${events.length > 0 ? raw('hidden') : null}>${text.tokens.noActivity}</p>
      <template id="event">${item('', { tone: 'info', title: '', generation: '', hint: '' }, '', null)}</template>
    </section>`
}

const told = (event: SessionEvent, { text, lang }: TokensView): Html =>
  item(
    eventKey(event),
    eventText(event, text, lang),
    deviceWithAddress(event.device, text),
    timeElement(event.at, lang, 'second'),
  )

/** The script fills the same item by the names of its classes. */
const item = (key: string, line: EventText, who: string, when: Html | null): Html =>
  html`<li class="event" data-key="${key}" data-tone="${line.tone}">
        <p class="event-head"><strong class="event-title">${line.title}</strong> <span class="event-generation">${line.generation}</span> <span class="when">${when}</span></p>
        <p class="event-who">${who}</p>
        <p class="hint event-hint">${line.hint}</p>
      </li>`
