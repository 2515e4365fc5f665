/** An element by its id, or null if the server did not render it. */
export const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** Sets the text of an element if it exists and its text differs. */
export function setText(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text
}

/** Creates an element with text in it. The text is never parsed as markup. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  element.className = className
  element.textContent = text
  return element
}
