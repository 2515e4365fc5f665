/** Finds Firefox and WebKit for the tests that need them. Chromium has a file of its own. */
import { findProgram, foundFor } from './found.mjs'

/** Path of Firefox: `FIREFOX_PATH`, or the first on the PATH; null if there is none. */
export const findFirefox = () => process.env.FIREFOX_PATH || findProgram(['firefox', 'firefox-esr'])

export const firefoxFor = (suite) =>
  foundFor(suite, findFirefox(), 'Firefox was not found. Install it, or set FIREFOX_PATH.')

/** Paths of WebKit's driver and of the X server that it draws on; null if either is missing. */
export function findWebKit() {
  const driver = findProgram(['WebKitWebDriver'])
  const screen = findProgram(['Xvfb'])
  return driver !== null && screen !== null ? { driver, screen } : null
}

export const webkitFor = (suite) =>
  foundFor(
    suite,
    findWebKit(),
    'WebKitWebDriver or Xvfb was not found. Install webkit2gtk-driver and xvfb.',
  )
