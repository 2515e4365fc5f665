import { html } from 'hono/html'
import type { Lang, Texts } from '../shared/locales/index.ts'
import type { Html } from './layout.ts'
import { isInvalidField, problemText, type PageProblem } from '../shared/problem-text.ts'
import type { Tone } from '../shared/tone.ts'
import { formatRelative, formatInstant, type Precision } from '../shared/times.ts'

/** A message on a page. */
export function note(tone: Tone, body: Html | string): Html {
  return html`<div class="note" data-tone="${tone}">${body}</div>`
}

/** Where the refusal of a form is told; it is there, empty, before the first one, or a screen reader would not speak it. */
export function problemBox(id: string, problem: PageProblem | undefined, text: Texts): Html {
  return html`<p class="problem" id="${id}" role="alert">${problem === undefined ? null : problemText(problem, text)}</p>`
}

/** An instant, in UTC until the script of the page puts it in the reader's own time zone. */
export function timeElement(iso: string, lang: Lang, precision: Precision = 'minute'): Html {
  return html`<time datetime="${iso}" data-instant="${precision}">${formatInstant(iso, lang, precision, 'UTC')} UTC</time>`
}

/** An instant as seen from `now` (milliseconds since 1970): "3 minutes ago". */
export function relativeTime(iso: string, now: number, lang: Lang): Html {
  return html`<time datetime="${iso}" title="${formatInstant(iso, lang, 'minute', 'UTC')} UTC">${formatRelative(iso, now, lang)}</time>`
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
  min?: number
  autofocus?: boolean
}

/** A labelled input. */
export function field(given: Field): Html {
  const { name, hint, problem, problemId } = given
  const atFault = isInvalidField(name, problem?.code)
  const describedBy = [hint === undefined ? [] : [`${name}-hint`], atFault ? [problemId] : []]
    .flat()
    .join(' ')
  return html`<div class="field">
      <label for="${name}">${given.label}</label>
      <div class="control">
        <input id="${name}" name="${name}" type="${given.type}" autocomplete="${given.autocomplete}" required
          ${given.type === 'text' ? html`autocapitalize="none" spellcheck="false" dir="auto"` : null}
          ${given.value === undefined ? null : html`value="${given.value}"`}
          ${given.min === undefined ? null : html`minlength="${given.min}"`}
          ${describedBy === '' ? null : html`aria-describedby="${describedBy}"`}
          ${atFault ? html`aria-invalid="true"` : null}
          ${given.autofocus === true ? html`autofocus` : null} />
      </div>
      ${hint === undefined ? null : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    </div>`
}
