import type { Texts } from '../../src/shared/locales/en.ts'
import { createElement } from './dom.ts'

/** Gives every password field a button that shows what was typed. */
export async function addRevealButtons(texts: Promise<Texts>): Promise<void> {
  const { password: text } = await texts
  for (const input of document.querySelectorAll<HTMLInputElement>('input[type="password"]'))
    reveal(input, text)
}

function reveal(input: HTMLInputElement, text: Texts['password']): void {
  const button = createElement('button', 'reveal')
  button.type = 'button'
  button.setAttribute('aria-controls', input.id)
  const show = (shown: boolean): void => {
    input.type = shown ? 'text' : 'password'
    button.textContent = shown ? text.hide : text.show
    button.setAttribute('aria-label', shown ? text.hideLabel : text.showLabel)
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  // A password manager offers to keep what is in a password field, and no browser keeps that field's words for later.
  input.form?.addEventListener('submit', () => show(false))
  show(false)
  input.after(button)
}
