import type { Texts } from '../../../src/shared/locales/en.ts'
import type { SessionEvent } from '../../../src/sessions/event-types.ts'
import { deviceWithAddress } from '../../../src/shared/device.ts'
import { eventKey, eventText } from '../../../src/shared/event-text.ts'
import { byId, setText } from '../dom.ts'
import { lang } from '../texts.ts'
import { timeElement } from '../times.ts'
import { sourceText, matchSources, type RenewalSource } from './renewal-sources.ts'

/** The longest list that the page keeps. */
const LONGEST = 100
/** So long a tab may take to hear of a renewal that another tab made; then it was another program. Milliseconds. */
const PATIENCE = 2500

/** The events that make a generation, or hand it out. */
const RENEWALS = new Set(['refreshed', 'repeated', 'recovered'])

export interface Timeline {
  /** What the server tells. One that is there already is passed over. */
  add(event: SessionEvent): void
  /** What this browser knows. */
  asked(generation: number, ask: RenewalSource): void
}

/** The list of what happens to the session, begun by the server. */
export function createTimeline(text: Texts): Timeline {
  const list = byId('timeline')!
  const template = byId('event') as HTMLTemplateElement
  const askers = matchSources()
  const known = new Set(Array.from(list.children, (item) => (item as HTMLElement).dataset.key))

  return {
    asked: askers.asked,
    add(event) {
      const key = eventKey(event)
      if (known.has(key)) return
      known.add(key)
      const item = elementOf(event, template, text)
      list.prepend(item)
      while (list.children.length > LONGEST) list.lastElementChild?.remove()
      byId('nothing')?.setAttribute('hidden', '')
      if (RENEWALS.has(event.type)) nameAsker(event, item.querySelector('.event-who')!)
    },
  }

  function nameAsker(event: SessionEvent, who: Element): void {
    const timer = setTimeout(
      () => setText(who, text.requestedBy.other(deviceWithAddress(event.device, text))),
      PATIENCE,
    )
    askers.told(event.generation, (ask) => {
      clearTimeout(timer)
      setText(who, sourceText(ask, text))
    })
  }
}

function elementOf(event: SessionEvent, template: HTMLTemplateElement, text: Texts): HTMLElement {
  const item = (template.content.cloneNode(true) as DocumentFragment)
    .firstElementChild as HTMLElement
  const line = eventText(event, text, lang)
  item.dataset.tone = line.tone
  item.classList.add('new')
  setText(item.querySelector('.event-title'), line.title)
  setText(item.querySelector('.event-generation'), line.generation)
  setText(item.querySelector('.event-hint'), line.hint)
  setText(item.querySelector('.event-who'), deviceWithAddress(event.device, text))
  item.querySelector('.when')?.append(timeElement(event.at, lang, 'second'))
  return item
}
