import { raw } from 'hono/html'

/** A key whose bow is an arrow that turns: the bow in one colour, the blade in another. */
const key = (bow: string, blade: string): string =>
  `<g fill="none" stroke-width="2.7" stroke-linecap="round" stroke-linejoin="round">` +
  `<path stroke="${bow}" d="M14.9 8.7a6.2 6.2 0 1 1-3-5.3"/><path stroke="${bow}" stroke-width="2.2" d="m12.2.9.2 2.9-2.8.9"/>` +
  `<path stroke="${blade}" d="m13.1 13.1 8 8 1.7-1.7M17.2 17.2l2-2"/></g>`

/** The mark, in the colours of the page. */
export const logo = raw(
  `<svg class="mark" viewBox="-1 -1 26 26" width="32" height="32" aria-hidden="true" focusable="false">${key('var(--brass)', 'currentColor')}</svg>`,
)

const ICON =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 32 32"><rect x="-4" y="-4" width="32" height="32" rx="7" fill="#0c5a42"/>` +
  `${key('#f0c061', '#ffffff')}</svg>`

/** The icon of the pages, as a `data:` address. */
export const favicon = `data:image/svg+xml,${encodeURIComponent(ICON)}`
