/** Finds Chromium for the tests that need a real browser. */
import { findProgram, foundFor } from './found.mjs'

/** Path of Chromium: `CHROMIUM_PATH`, or the first on the PATH; null if there is none. */
export const findChromium = () =>
  process.env.CHROMIUM_PATH || findProgram(['chromium', 'chromium-browser', 'google-chrome'])

export const chromiumFor = (suite) =>
  foundFor(suite, findChromium(), 'Chromium was not found. Install it, or set CHROMIUM_PATH.')

/** Options for `chromium.launch` of playwright-core. Containers and root have no sandbox. */
export function launchOptions(path) {
  const args = [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--disable-sync',
    '--disable-gpu',
  ]
  return { executablePath: path, headless: true, args }
}
