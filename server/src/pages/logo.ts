import { raw } from 'hono/html'

/** The drawing of the logo: a key whose bow is a circular arrow. Both arguments are CSS colors. */
const keyShape = (bow: string, blade: string): string =>
  `<g fill="none" stroke-width="2.7" stroke-linecap="round" stroke-linejoin="round">` +
  `<path stroke="${bow}" d="M14.9 8.7a6.2 6.2 0 1 1-3-5.3"/>` +
  `<path stroke="${bow}" stroke-width="2.2" d="m12.2.9.2 2.9-2.8.9"/>` +
  `<path stroke="${blade}" d="m13.1 13.1 8 8 1.7-1.7M17.2 17.2l2-2"/></g>`

/** The logo as inline SVG, in the colors of the page. */
export const logo = raw(
  `<svg class="logo" viewBox="-1 -1 26 26" width="32" height="32" ` +
    `aria-hidden="true" focusable="false">${keyShape('var(--brass)', 'currentColor')}</svg>`,
)

/** The icon of the pages, as SVG. */
export const faviconSvg =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 32 32">` +
  `<rect x="-4" y="-4" width="32" height="32" rx="7" fill="#0c5a42"/>` +
  `${keyShape('#f0c061', '#ffffff')}</svg>`

/** The icon of the pages, as a `data:` URL. */
export const favicon = `data:image/svg+xml,${encodeURIComponent(faviconSvg)}`
