import type { Claims } from '../claims.ts'
import type { ReadMethods } from '../read-tokens.ts'
import type { Refusal } from '../errors.ts'
import type { SessionContext } from './context.ts'
import { decide } from './decide.ts'
import { decodeRefreshToken } from './refresh-token.ts'

/** The state of a token (RFC 7662, section 2.2). Times are in seconds since 1970. */
export type Introspection =
  | { active: false }
  | ({ active: true; token_type: 'Bearer' } & Claims)
  | {
      active: true
      token_type: 'refresh_token'
      sub: string
      sid: string
      /** When this generation was issued. */
      iat: number
      /** When the session ends unless it is refreshed. */
      exp: number
    }

const INACTIVE = { active: false } as const

/**
 * The state of an access or refresh token of this application. It changes nothing: a refresh token
 * that was replaced is inactive, and its session goes on. A token of another issuer is inactive. If
 * the store fails, resolves to the refusal `temporarily_unavailable`.
 */
export async function introspect(
  context: SessionContext,
  checkToken: ReadMethods['checkToken'],
  token: string,
): Promise<Introspection | Refusal> {
  const refreshToken = decodeRefreshToken(context.settings.refreshKeys, token)
  if (refreshToken !== null) return introspectRefreshToken(context, refreshToken)
  const result = await checkToken(token)
  if (!result.ok) return result.code === 'temporarily_unavailable' ? result : INACTIVE
  if (result.from !== undefined) return INACTIVE
  return { ...result.claims, active: true, token_type: 'Bearer' }
}

async function introspectRefreshToken(
  { settings, store, orUnavailable }: SessionContext,
  { sessionId, generation }: { sessionId: string; generation: number },
): Promise<Introspection | Refusal> {
  return orUnavailable(async () => {
    const row = await store.read(sessionId)
    const presented = { generation, attempt: null, previous: null }
    const { do: decision } = decide(row, presented, settings.now(), settings)
    if (row === null || decision === 'refuse' || decision === 'reuse') return INACTIVE
    return {
      active: true,
      token_type: 'refresh_token',
      sub: row.identity,
      sid: row.id,
      iat: Math.floor(row.issuedAt / 1000),
      exp: Math.floor(row.idleEndsAt / 1000),
    }
  })
}
