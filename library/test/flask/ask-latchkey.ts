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

export interface JsonResponse {
  status: number
  body: unknown
}

/** Latchkey's response to a request that `service.py` can send to Flask-JWT-Extended. */
export async function askLatchkey(
  config: FlaskConfig,
  { path = '/plain', method = 'GET', query = '', headers = {}, body }: Case,
  options: Omit<DialectOptions, 'dialect'> = {},
): Promise<JsonResponse> {
  const auth = createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET, ...config }), ...options })
  const result = await auth.authenticate(
    request({ method, query, headers, ...(body !== undefined && { body }) }),
    REQUIREMENTS[path],
  )
  if (!result.ok) {
    const { status, body } = refusalReply(result)
    return { status, body }
  }
  if (result.identity === null && !('claims' in result))
    return { status: 200, body: { identity: null, claims: {}, header: {}, location: null } }
  const { identity, claims, header, location } = result as Exclude<
    typeof result,
    { identity: null }
  >
  return { status: 200, body: { identity, claims, header, location } }
}
