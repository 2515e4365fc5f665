/** An element that the server may have left out. */
export const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** Puts words into an element that the server may have left out. */
export function setText(element: Element | null, words: string): void {
  if (element !== null && element.textContent !== words) element.textContent = words
}

/** A new element with words in it; what it says is never read as markup. */
export function createElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className: string,
  words = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  element.className = className
  element.textContent = words
  return element
}
