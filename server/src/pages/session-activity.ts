import { html, raw } from 'hono/html'
import type { SessionEvent } from '../sessions/event-types.ts'
import { deviceWithAddress } from '../shared/device.ts'
import { eventKey, eventText, type EventText } from '../shared/event-text.ts'
import { timeElement } from './components.ts'
import type { Html } from './layout.ts'
import type { TokensView } from './tokens-view.ts'

const EMPTY: EventText = { tone: 'info', title: '', generation: '', hint: '' }

/** The events of the session, newest first. */
export function sessionActivity(view: TokensView): Html {
  const { text, session } = view
  const events = session.events.toReversed().map((event) => eventItem(event, view))
  const hidden = events.length > 0 ? raw('hidden') : null
  return html`<section class="card" aria-labelledby="activity">
      <div class="section-header">
        <h2 id="activity">${text.tokens.activity}</h2>
        <p class="live" id="live" hidden
          data-live="${text.tokens.live}" data-paused="${text.tokens.paused}"></p>
      </div>
      <p class="hint">${text.tokens.activityLead}</p>
      <ol class="timeline" id="timeline" aria-live="polite" aria-relevant="additions">${events}</ol>
      <p class="hint" id="no-activity" ${hidden}>${text.tokens.noActivity}</p>
      <template id="event">${item('', EMPTY, '', null)}</template>
    </section>`
}

const eventItem = (event: SessionEvent, { text, lang }: TokensView): Html =>
  item(
    eventKey(event),
    eventText(event, text, lang),
    deviceWithAddress(event.device, text),
    timeElement(event.at, lang, 'second'),
  )

/** The script copies this markup from the template and finds its parts by their classes. */
const item = (key: string, text: EventText, requester: string, when: Html | null): Html =>
  html`<li class="event" data-key="${key}" data-tone="${text.tone}">
        <p class="event-header">
          <strong class="event-title">${text.title}</strong>
          <span class="event-generation">${text.generation}</span>
          <span class="when">${when}</span>
        </p>
        <p class="event-requester">${requester}</p>
        <p class="hint event-hint">${text.hint}</p>
      </li>`
