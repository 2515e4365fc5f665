/** How the programs that tests need are found on this machine, and what is done where they are not. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Path of the first of these programs that is on the PATH; null where there is none.
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
 * What a suite asks for: null where it was not found and the suite is to be skipped, which is said aloud. With `CI=true` nothing may be
 * skipped, and this throws.
 * @template Found
 * @param {string} suite
 * @param {Found | null} found
 * @param {string} otherwise what is missing, and how to get it
 */
export function foundFor(suite, found, otherwise) {
  if (found !== null) return found
  const missing = `${suite}: ${otherwise}`
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
