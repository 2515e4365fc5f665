import { claimRows, headerText, type ClaimRow } from '../../../src/shared/claims.ts'
import type { SessionDescription } from '../../../src/sessions/event-types.ts'
import type { Texts } from '../../../src/shared/locales/en.ts'
import { byId, createElement, setText } from '../dom.ts'
import { lang } from '../page-context.ts'
import { relativeTime, timeElement } from '../times.ts'

/** Shows the new state of both tokens and highlights what has changed. */
export function showTokens({ access, refresh }: SessionDescription, text: Texts): void {
  setText(byId('header'), headerText(access.header))
  byId('claims')?.replaceChildren(...claimRows(access.claims, text).map(claimElement))
  updateText('generation', String(refresh.generation))
  updateText('session-id', refresh.session_id)
  byId('issued')?.replaceChildren(timeElement(refresh.issued_at, lang, 'second'))
  showExpiry('idle-end', refresh.idle_ends_at)
  showExpiry('absolute-end', refresh.ends_at)
}

function updateText(id: string, value: string): void {
  const element = byId(id)
  if (element === null || element.textContent === value) return
  setText(element, value)
  highlight(element)
}

function highlight(element: Element): void {
  element.classList.add('changed')
  element.addEventListener('animationend', () => element.classList.remove('changed'), {
    once: true,
  })
}

function showExpiry(id: string, iso: string): void {
  byId(id)?.replaceChildren(
    timeElement(iso, lang, 'minute'),
    ' ',
    createElement('span', 'when', relativeTime(iso, lang)),
  )
}

/** The last value of each claim, by its name. */
const previousValues = new Map<string, string>()

function claimElement({ name, value, meaning, instant }: ClaimRow): HTMLTableRowElement {
  const head = createElement('th', '')
  head.scope = 'row'
  head.append(createElement('code', '', name))
  const code = createElement('code', 'value', value)
  const previous = previousValues.get(name)
  if (previous !== undefined && previous !== value) highlight(code)
  previousValues.set(name, value)
  const cell = createElement('td', '')
  cell.append(code, ' ')
  if (instant !== null) {
    const when = createElement('span', 'when')
    when.append(timeElement(instant, lang, 'second'))
    cell.append(when)
  }
  cell.append(createElement('p', 'hint', meaning))
  const row = createElement('tr', '')
  row.append(head, cell)
  return row
}
