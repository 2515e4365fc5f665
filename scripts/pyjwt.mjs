/** A Python with PyJWT and the cryptography that it needs for public keys, for the tests that exchange tokens with it. */
import { spawnSync } from 'node:child_process'

/** Debian's own first: one from elsewhere on the PATH does not see Debian's packages. */
const NAMES = ['/usr/bin/python3', 'python3']

/** The command of a Python: `PYJWT_PYTHON`, or the first that has what is needed; null where there is none. */
export function findPyjwt() {
  const names = process.env.PYJWT_PYTHON ? [process.env.PYJWT_PYTHON] : NAMES
  return names.find((name) => spawnSync(name, ['-c', 'import jwt, cryptography']).status === 0) ?? null
}

/** The same for a suite: null where it is to be skipped, which is said aloud. With `CI=true` nothing may be skipped, and this throws. */
export function pyjwtFor(suite) {
  const python = findPyjwt()
  if (python !== null) return python
  const missing = `${suite}: no Python with PyJWT was found. Install python3-jwt and python3-cryptography, or name a Python in PYJWT_PYTHON.`
  if (process.env.CI === 'true') throw new Error(missing)
  console.warn(`NOT RUN: ${missing}`)
  return null
}
