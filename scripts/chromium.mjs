/** The browser of the machine, for the tests that need a real one. */
import { findProgram, foundFor } from './found.mjs'

/** Path of a Chromium: `CHROMIUM_PATH`, or the first found on the PATH; null where there is none. */
export const findChromium = () =>
  process.env.CHROMIUM_PATH || findProgram(['chromium', 'chromium-browser', 'google-chrome'])

export const chromiumFor = (suite) =>
  foundFor(
    suite,
    findChromium(),
    'no Chromium was found. Install one, or name it in CHROMIUM_PATH.',
  )

/** What playwright-core's `chromium.launch` is given: no sandbox, which root and containers lack, and no calls home. */
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
