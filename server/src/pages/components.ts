import { html } from 'hono/html'
import type { Lang, Texts } from '../shared/locales/index.ts'
import { isInvalidField, problemText, type PageProblem } from '../shared/problem-text.ts'
import { formatInstant, formatRelative, type Precision } from '../shared/times.ts'
import type { Tone } from '../shared/message-tone.ts'
import type { Html } from './layout.ts'

/** A message in a box. */
export function note(tone: Tone, body: Html | string): Html {
  return html`<div class="note" data-tone="${tone}">${body}</div>`
}

/**
 * Shows why a form was refused. It is on the page, empty, from the start: screen readers announce
 * only changes of an element that was already there.
 */
export function problemBox(id: string, problem: PageProblem | undefined, text: Texts): Html {
  const message = problem === undefined ? null : problemText(problem, text)
  return html`<p class="problem" id="${id}" role="alert">${message}</p>`
}

/** An instant (ISO 8601) in UTC. The script of the page changes it to the local time zone. */
export function timeElement(iso: string, lang: Lang, precision: Precision = 'minute'): Html {
  const utc = formatInstant(iso, lang, precision, 'UTC')
  return html`<time datetime="${iso}" data-instant="${precision}">${utc} UTC</time>`
}

/** An instant (ISO 8601) relative to `now` (milliseconds since 1970): "3 minutes ago". */
export function relativeTime(iso: string, now: number, lang: Lang): Html {
  const utc = formatInstant(iso, lang, 'minute', 'UTC')
  return html`<time datetime="${iso}" title="${utc} UTC">${formatRelative(iso, now, lang)}</time>`
}

interface Field {
  name: string
  label: string
  type: 'text' | 'password'
  autocomplete: 'username' | 'current-password' | 'new-password'
  /** The id of the form's problem box. */
  problemId: string
  problem: PageProblem | undefined
  hint?: string
  value?: string
  /** Minimum length, in characters. */
  min?: number
  autofocus?: boolean
}

/** An input with its label, and its hint if it has one. */
export function field(options: Field): Html {
  const { name, type, hint, problem, problemId } = options
  const invalid = isInvalidField(name, problem?.code)
  const describedBy = [hint === undefined ? [] : [`${name}-hint`], invalid ? [problemId] : []]
    .flat()
    .join(' ')
  return html`<div class="field">
      <label for="${name}">${options.label}</label>
      <div class="control">
        <input id="${name}" name="${name}" type="${type}" required
          autocomplete="${options.autocomplete}"
          ${type === 'text' ? html`autocapitalize="none" spellcheck="false" dir="auto"` : null}
          ${options.value === undefined ? null : html`value="${options.value}"`}
          ${options.min === undefined ? null : html`minlength="${options.min}"`}
          ${describedBy === '' ? null : html`aria-describedby="${describedBy}"`}
          ${invalid ? html`aria-invalid="true"` : null}
          ${options.autofocus === true ? html`autofocus` : null} />
      </div>
      ${hint === undefined ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    </div>`
}
