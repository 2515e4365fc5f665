/** Finds a Python with PyJWT and cryptography for the tests that exchange tokens with it. */
import { spawnSync } from 'node:child_process'
import { foundFor } from './found.mjs'

/** Debian's own Python first: another one on the PATH may not see Debian's packages. */
const NAMES = ['/usr/bin/python3', 'python3']

/**
 * Path of the Python: `PYJWT_PYTHON`, or the first that has both packages; null if there is none.
 */
export function findPyjwt() {
  const names = process.env.PYJWT_PYTHON ? [process.env.PYJWT_PYTHON] : NAMES
  return names.find(hasPyjwt) ?? null
}

const hasPyjwt = (python) => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0

export const pyjwtFor = (suite) =>
  foundFor(
    suite,
    findPyjwt(),
    'No Python with PyJWT was found. ' +
      'Install python3-jwt and python3-cryptography, or set PYJWT_PYTHON.',
  )
