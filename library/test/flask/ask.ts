import { createAuth } from 'latchkey'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import { refusalReply } from '../../src/http/replies.ts'
import type { Requirement } from '../../src/http/authenticate.ts'
import type { DialectOptions } from '../../src/http/auth-types.ts'
import { request } from '../http/request.ts'
import type { Case } from './python.ts'
import { SECRET } from './tokens.ts'

export const REQUIREMENTS: Record<string, Requirement> = {
  '/plain': {},
  '/optional': { optional: true },
  '/fresh': { fresh: true },
  '/refresh': { refresh: true },
  '/any': { verifyType: false },
  '/skip': { skipRevocationCheck: true },
  '/fresh-refresh': { fresh: true, refresh: true },
}

export type Answer = { status: number; body: unknown }

/** What we answer where Flask-JWT-Extended is asked the same. */
export async function askUs(
  config: FlaskConfig,
  { path = '/plain', method = 'GET', query = '', headers = {}, body }: Case,
  options: Omit<DialectOptions, 'dialect'> = {},
): Promise<Answer> {
  const auth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET, ...config }), ...options })
  const outcome = await auth.authenticate(
    request({ method, query, headers, ...(body !== undefined && { body }) }),
    REQUIREMENTS[path],
  )
  if (!outcome.ok) {
    const { status, body } = refusalReply(outcome)
    return { status, body }
  }
  if (outcome.identity === null && !('claims' in outcome))
    return { status: 200, body: { identity: null, claims: {}, header: {}, location: null } }
  const { identity, claims, header, location } = outcome as Exclude<
    typeof outcome,
    { identity: null }
  >
  return { status: 200, body: { identity, claims, header, location } }
}
