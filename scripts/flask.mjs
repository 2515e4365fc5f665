/** The Python of the machine with Flask-JWT-Extended, for the tests that compare with it. */
import { spawnSync } from 'node:child_process'
import { foundFor } from './found.mjs'

/** Debian's own Python sees Debian's packages; another one on the PATH may not. */
const NAMES = ['/usr/bin/python3', 'python3']

/** Path of a Python that has Flask-JWT-Extended: `FLASK_PYTHON`, or the first that does; null where there is none. */
export function findFlask() {
  const names = process.env.FLASK_PYTHON ? [process.env.FLASK_PYTHON] : NAMES
  return (
    names.find(
      (name) =>
        spawnSync(name, ['-c', 'import flask_jwt_extended'], { stdio: 'ignore' }).status === 0,
    ) ?? null
  )
}

export const flaskFor = (suite) =>
  foundFor(
    suite,
    findFlask(),
    'no Python with Flask-JWT-Extended was found. Install python3-python-flask-jwt-extended, or name a Python in FLASK_PYTHON.',
  )
