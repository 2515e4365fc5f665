import { Unreachable, type Client, type SignInResult } from 'latchkey/client'
import { isInvalidField, problemText, type PageProblem } from '../../src/shared/problem-text.ts'
import { setText } from './dom.ts'
import type { PageContext } from './page-context.ts'

/** Submits a sign-in or registration form by script, so that a refusal does not lose the input. */
export function enhanceCredentialsForm(
  form: HTMLFormElement,
  client: Client,
  { next, texts }: PageContext,
): void {
  const button = submitButton(form)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.isBusy()) return
    button.setBusy(true)
    showProblem(form, '', undefined)
    const problem = await signIn(form, client)
    if (problem === null) return location.assign(next)
    button.setBusy(false)
    showProblem(form, problemText(problem, await texts), problem.code)
  })

  // The browser may restore this page from its back/forward cache, with the button still busy.
  window.addEventListener('pageshow', () => button.setBusy(false))
  client.subscribe((_state, { type, by }) => {
    if (type === 'signed-in' && by === 'another tab') location.assign(next)
  })
}

function submitButton(form: HTMLFormElement): {
  isBusy(): boolean
  setBusy(value: boolean): void
} {
  const button = form.querySelector('button:not([type="button"])')
  const label = button?.textContent ?? ''
  let busy = false
  return {
    isBusy: () => busy,
    setBusy(value) {
      busy = value
      setText(button, busy ? (form.dataset.busy ?? label) : label)
      // Not `disabled`, which would take away the focus.
      button?.setAttribute('aria-disabled', String(busy))
    },
  }
}

/** Returns null on success, or why the sign-in was refused. */
async function signIn(form: HTMLFormElement, client: Client): Promise<PageProblem | null> {
  const valueOf = (name: string): string =>
    form.querySelector<HTMLInputElement>(`input[name="${name}"]`)!.value
  const invitation = form.querySelector<HTMLInputElement>('input[name="invitation"]')?.value ?? ''
  const credentials = {
    username: valueOf('username'),
    password: valueOf('password'),
    ...(invitation !== '' && { invitation }),
  }
  const result = await client
    .signIn(credentials, { path: form.dataset.signIn! })
    .catch(unreachableResult)
  if (result.ok) return null
  const min = Number(form.dataset.min)
  return { code: result.code, message: result.message, ...(min > 0 && { values: { min } }) }
}

function unreachableResult(error: unknown): SignInResult {
  if (error instanceof Unreachable || error instanceof DOMException)
    return { ok: false, status: 0, code: 'unreachable', message: error.message, body: {} }
  throw error
}

/** Shows a refusal, marks the fields it is about and focuses one. An empty message clears it. */
function showProblem(form: HTMLFormElement, message: string, code: string | undefined): void {
  const box = form.querySelector('.problem')!
  setText(box, message)
  const invalid: HTMLInputElement[] = []
  for (const input of form.querySelectorAll<HTMLInputElement>('.field input')) {
    const isInvalid = isInvalidField(input.name, code)
    const hint = document.getElementById(`${input.id}-hint`)
    const describedBy = [hint?.id, isInvalid ? box.id : undefined]
      .filter((id) => id !== undefined)
      .join(' ')
    setAttribute(input, 'aria-invalid', isInvalid ? 'true' : '')
    setAttribute(input, 'aria-describedby', describedBy)
    if (isInvalid) invalid.push(input)
  }
  // With wrong credentials, the password is more likely to be wrong than the username.
  const target = code === 'credentials_invalid' ? invalid.at(-1) : invalid[0]
  target?.focus()
  target?.select()
}

/** An empty value removes the attribute. */
function setAttribute(element: Element, name: string, value: string): void {
  if (value === '') element.removeAttribute(name)
  else element.setAttribute(name, value)
}
