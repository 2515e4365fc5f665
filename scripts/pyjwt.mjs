/** A Python with PyJWT and the cryptography that it needs for public keys, for the tests that exchange tokens with it. */
import { spawnSync } from 'node:child_process'
import { foundFor } from './found.mjs'

/** Debian's own first: one from elsewhere on the PATH does not see Debian's packages. */
const NAMES = ['/usr/bin/python3', 'python3']

/** The command of a Python: `PYJWT_PYTHON`, or the first that has what is needed; null where there is none. */
export function findPyjwt() {
  const names = process.env.PYJWT_PYTHON ? [process.env.PYJWT_PYTHON] : NAMES
  return (
    names.find((name) => spawnSync(name, ['-c', 'import jwt, cryptography']).status === 0) ?? null
  )
}

export const pyjwtFor = (suite) =>
  foundFor(
    suite,
    findPyjwt(),
    'no Python with PyJWT was found. Install python3-jwt and python3-cryptography, or name a Python in PYJWT_PYTHON.',
  )
