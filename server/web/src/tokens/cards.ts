import type { Texts } from '../../../src/shared/locales/en.ts'
import { claimRows, headerText, type ClaimRow } from '../../../src/shared/claims.ts'
import type { SessionDescription } from '../../../src/sessions/event-types.ts'
import { byId, createElement, setText } from '../dom.ts'
import { lang } from '../texts.ts'
import { relativeTime, timeElement } from '../times.ts'

/** Shows a new state of both tokens, and marks for a moment what has changed. */
export function showTokens({ access, refresh }: SessionDescription, text: Texts): void {
  setText(byId('header'), headerText(access.header))
  byId('claims')?.replaceChildren(...claimRows(access.claims, text).map(claimElement))
  change('generation', String(refresh.generation))
  change('session-id', refresh.session_id)
  byId('issued')?.replaceChildren(timeElement(refresh.issued_at, lang, 'second'))
  showEnd('idle-end', refresh.idle_ends_at)
  showEnd('absolute-end', refresh.ends_at)
}

function change(id: string, words: string): void {
  const element = byId(id)
  if (element === null || element.textContent === words) return
  setText(element, words)
  mark(element)
}

function mark(element: Element): void {
  element.classList.add('changed')
  element.addEventListener('animationend', () => element.classList.remove('changed'), {
    once: true,
  })
}

function showEnd(id: string, iso: string): void {
  byId(id)?.replaceChildren(
    timeElement(iso, lang, 'minute'),
    ' ',
    createElement('span', 'when', relativeTime(iso, lang)),
  )
}

const shown = new Map<string, string>()

function claimElement({ name, value, meaning, instant }: ClaimRow): HTMLTableRowElement {
  const head = createElement('th', '')
  head.scope = 'row'
  head.append(createElement('code', '', name))
  const code = createElement('code', 'value', value)
  const before = shown.get(name)
  if (before !== undefined && before !== value) mark(code)
  shown.set(name, value)
  const cell = createElement('td', '')
  const when = createElement('span', 'when')
  if (instant !== null) when.append(timeElement(instant, lang, 'second'))
  cell.append(code, ' ', ...(instant === null ? [] : [when]), createElement('p', 'hint', meaning))
  const row = createElement('tr', '')
  row.append(head, cell)
  return row
}
