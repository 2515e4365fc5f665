/** Finds a Python with Flask-JWT-Extended for the tests that compare with it. */
import { spawnSync } from 'node:child_process'
import { foundFor } from './found.mjs'

/** Debian's own Python first: another one on the PATH may not see Debian's packages. */
const NAMES = ['/usr/bin/python3', 'python3']

/** Path of the Python: `FLASK_PYTHON`, or the first that has the package; null if there is none. */
export function findFlask() {
  const names = process.env.FLASK_PYTHON ? [process.env.FLASK_PYTHON] : NAMES
  return names.find(hasFlask) ?? null
}

const hasFlask = (python) =>
  spawnSync(python, ['-c', 'import flask_jwt_extended'], { stdio: 'ignore' }).status === 0

export const flaskFor = (suite) =>
  foundFor(
    suite,
    findFlask(),
    'No Python with Flask-JWT-Extended was found. ' +
      'Install python3-python-flask-jwt-extended, or set FLASK_PYTHON.',
  )
