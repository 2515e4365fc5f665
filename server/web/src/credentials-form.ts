import { Unreachable, type Client, type SignInResult } from 'latchkey/client'
import type { Texts } from '../../src/shared/locales/en.ts'
import { isInvalidField, problemText, type PageProblem } from '../../src/shared/problem-text.ts'
import { setText } from './dom.ts'

interface Given {
  next: string
  texts: Promise<Texts>
}

/** Sends a sign-in or a registration without leaving the page, so that a refusal does not cost what was typed. */
export function enhanceCredentialsForm(
  form: HTMLFormElement,
  client: Client,
  { next, texts }: Given,
): void {
  const button = form.querySelector('button:not([type="button"])')
  const label = button?.textContent ?? ''
  let busy = false
  const setBusy = (is: boolean): void => {
    busy = is
    setText(button, is ? (form.dataset.busy ?? label) : label)
    // Not `disabled`: the button would lose the focus, and a screen reader its place.
    button?.setAttribute('aria-disabled', String(is))
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    showProblem(form, '', undefined)
    const problem = await send(form, client)
    if (problem === null) return location.assign(next)
    setBusy(false)
    showProblem(form, problemText(problem, await texts), problem.code)
  })

  // Back from the page after the sign-in: the form must work again.
  window.addEventListener('pageshow', () => setBusy(false))
  client.subscribe((_state, { type, by }) => {
    if (type === 'signed-in' && by === 'another tab') location.assign(next)
  })
}

/** Null where the session has begun. */
async function send(form: HTMLFormElement, client: Client): Promise<PageProblem | null> {
  const entered = (name: string): string =>
    form.querySelector<HTMLInputElement>(`input[name="${name}"]`)!.value
  const credentials = { username: entered('username'), password: entered('password') }
  const outcome = await client
    .signIn(credentials, { path: form.dataset.signIn! })
    .catch(unreachable)
  if (outcome.ok) return null
  const min = Number(form.dataset.min)
  return { code: outcome.code, message: outcome.message, ...(min > 0 && { values: { min } }) }
}

function unreachable(error: unknown): SignInResult {
  if (error instanceof Unreachable || error instanceof DOMException)
    return { ok: false, status: 0, code: 'unreachable', message: error.message }
  throw error
}

function showProblem(form: HTMLFormElement, words: string, code: string | undefined): void {
  const box = form.querySelector('.problem')!
  setText(box, words)
  let first: HTMLInputElement | null = null
  for (const input of form.querySelectorAll<HTMLInputElement>('.field input')) {
    const atFault = isInvalidField(input.name, code)
    setAttribute(input, 'aria-invalid', atFault ? 'true' : '')
    const hint = document.getElementById(`${input.id}-hint`)
    const about = [hint?.id, atFault ? box.id : undefined]
      .filter((id) => id !== undefined)
      .join(' ')
    setAttribute(input, 'aria-describedby', about)
    if (atFault && (first === null || code === 'credentials_invalid')) first = input
  }
  first?.focus()
  first?.select()
}

function setAttribute(element: Element, name: string, value: string): void {
  if (value === '') element.removeAttribute(name)
  else element.setAttribute(name, value)
}
