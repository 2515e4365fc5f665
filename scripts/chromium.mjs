/** The browser of the machine, for the tests that need a real one. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** Path of a Chromium: `CHROMIUM_PATH`, or the first found on the PATH; null where there is none. */
export function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null
}

/** The same for a suite: null where it is to be skipped, which is said aloud. With `CI=true` nothing may be skipped, and this throws. */
export function chromiumFor(suite) {
  const path = findChromium()
  if (path !== null) return path
  const missing = `${suite}: no Chromium was found. Install one, or name it in CHROMIUM_PATH.`
  if (process.env.CI === 'true') throw new Error(missing)
  console.warn(`NOT RUN: ${missing}`)
  return null
}

/** What playwright-core's `chromium.launch` is given: no sandbox, which root and containers lack, and no calls home. */
export function launchOptions(path) {
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run', '--disable-sync', '--disable-gpu']
  return { executablePath: path, headless: true, args }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
