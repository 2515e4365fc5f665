import type { Texts } from '../../src/shared/locales/en.ts'
import { createElement } from './dom.ts'

/** Adds a button to every password field that shows or hides the password. */
export async function addRevealButtons(texts: Promise<Texts>): Promise<void> {
  const { password: text } = await texts
  for (const input of document.querySelectorAll<HTMLInputElement>('input[type="password"]'))
    addRevealButton(input, text)
}

function addRevealButton(input: HTMLInputElement, text: Texts['password']): void {
  const button = createElement('button', 'reveal')
  button.type = 'button'
  button.setAttribute('aria-controls', input.id)
  const setVisible = (visible: boolean): void => {
    input.type = visible ? 'text' : 'password'
    button.textContent = visible ? text.hide : text.show
    button.setAttribute('aria-label', visible ? text.hideLabel : text.showLabel)
  }
  button.addEventListener('click', () => setVisible(input.type === 'password'))
  // As a password field again, the input is offered to password managers and is not remembered by
  // the form history of the browser.
  input.form?.addEventListener('submit', () => setVisible(false))
  setVisible(false)
  input.after(button)
}
