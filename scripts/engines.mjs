/** The browser engines beside Chromium, for the tests that need real ones. */
import { findProgram, foundFor } from './found.mjs'

/** Path of a Firefox: `FIREFOX_PATH`, or the first found on the PATH; null where there is none. */
export const findFirefox = () => process.env.FIREFOX_PATH || findProgram(['firefox', 'firefox-esr'])

export const firefoxFor = (suite) =>
  foundFor(suite, findFirefox(), 'no Firefox was found. Install one, or name it in FIREFOX_PATH.')

/** Paths of what drives WebKit, Safari's engine, and of the screen that it draws on; null where either is missing. */
export function findWebKit() {
  const [driver, screen] = [findProgram(['WebKitWebDriver']), findProgram(['Xvfb'])]
  return driver !== null && screen !== null ? { driver, screen } : null
}

export const webkitFor = (suite) =>
  foundFor(
    suite,
    findWebKit(),
    'no WebKitWebDriver and Xvfb were found. Install webkit2gtk-driver and xvfb.',
  )
