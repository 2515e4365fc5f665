/** Finds the programs that tests need. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Path of the first of these programs on the PATH; null if there is none.
 * @param {string[]} names
 * @returns {string | null}
 */
export function findProgram(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return (
    names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null
  )
}

/**
 * Returns what was found. If it is null, prints that the suite is not run and returns null; with
 * `CI=true` throws instead, because no suite may be skipped there.
 * @template Found
 * @param {string} suite
 * @param {Found | null} found
 * @param {string} hint what is missing, and how to get it
 */
export function foundFor(suite, found, hint) {
  if (found !== null) return found
  const missing = `${suite}: ${hint}`
  if (process.env.CI === 'true') throw new Error(missing)
  console.warn(`NOT RUN: ${missing}`)
  return null
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
