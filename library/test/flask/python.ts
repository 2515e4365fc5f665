import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { flaskFor } from '../../../scripts/flask.mjs'

export interface Case {
  do?: 'send' | 'create' | 'decode' | 'cookies'
  path?: string
  method?: string
  query?: string
  headers?: Record<string, string>
  body?: string
  kind?: 'access' | 'refresh'
  identity?: unknown
  token?: string
  args?: Record<string, unknown>
  calls?: string[]
}

export interface Job {
  config: Record<string, unknown>
  callbacks?: Record<string, unknown>
  cases: Case[]
}

/** Path of a Python with Flask-JWT-Extended; null if its tests are skipped. */
export const PYTHON: string | null = flaskFor('the comparison with Flask-JWT-Extended')

/** Runs all jobs in one process: starting Python takes longer than all cases. */
export function askFlask(jobs: Job[]): { versions: Record<string, string>; results: unknown[][] } {
  const printed = execFileSync(PYTHON!, [join(import.meta.dirname, 'service.py')], {
    input: JSON.stringify(jobs),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(printed) as { versions: Record<string, string>; results: unknown[][] }
}
