import type { SessionEvent } from '../../../src/sessions/event-types.ts'
import { deviceWithAddress } from '../../../src/shared/device.ts'
import { eventKey, eventText } from '../../../src/shared/event-text.ts'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { byId, setText } from '../dom.ts'
import { lang } from '../page-context.ts'
import { timeElement } from '../times.ts'
import { createSourceMatcher, sourceText, type RenewalSource } from './renewal-cause-text.ts'

/** Items in the list. Older ones are removed. */
const MAX_ITEMS = 100

/**
 * How long a tab may take to report a renewal. A renewal that no tab has reported by then was made
 * by another program. Milliseconds.
 */
const SOURCE_TIMEOUT = 2500

/** The events of a renewal. */
const RENEWALS: ReadonlySet<string> = new Set(['refreshed', 'repeated', 'recovered'])

export interface Timeline {
  /** Adds an event of the server, unless the list already has it. */
  add(event: SessionEvent): void
  /** Adds what this browser knows of a renewal. */
  addSource(generation: number, source: RenewalSource): void
}

/** Continues the list of events that the server rendered. */
export function createTimeline(text: Texts): Timeline {
  const list = byId('timeline')!
  const template = byId('event') as HTMLTemplateElement
  const matcher = createSourceMatcher()
  const known = new Set(Array.from(list.children, (item) => (item as HTMLElement).dataset.key))

  function showSource(event: SessionEvent, requester: Element): void {
    const timer = setTimeout(() => {
      setText(requester, text.requestedBy.other(deviceWithAddress(event.device, text)))
    }, SOURCE_TIMEOUT)
    matcher.addEvent(event.generation, (source) => {
      clearTimeout(timer)
      setText(requester, sourceText(source, text))
    })
  }

  return {
    addSource: matcher.addSource,
    add(event) {
      const key = eventKey(event)
      if (known.has(key)) return
      known.add(key)
      const item = createItem(event, template, text)
      list.prepend(item)
      while (list.children.length > MAX_ITEMS) list.lastElementChild?.remove()
      byId('no-activity')?.setAttribute('hidden', '')
      if (RENEWALS.has(event.type)) showSource(event, item.querySelector('.event-requester')!)
    },
  }
}

function createItem(event: SessionEvent, template: HTMLTemplateElement, text: Texts): HTMLElement {
  const copy = template.content.cloneNode(true) as DocumentFragment
  const item = copy.firstElementChild as HTMLElement
  const { tone, title, generation, hint } = eventText(event, text, lang)
  item.dataset.tone = tone
  item.classList.add('new')
  setText(item.querySelector('.event-title'), title)
  setText(item.querySelector('.event-generation'), generation)
  setText(item.querySelector('.event-hint'), hint)
  setText(item.querySelector('.event-requester'), deviceWithAddress(event.device, text))
  item.querySelector('.when')?.append(timeElement(event.at, lang, 'second'))
  return item
}
