import { refuse, type Refusal } from './errors.ts'
import type { Settings } from './options.ts'
import type { SessionContext } from './session/context.ts'
import { endedCode } from './session/decide.ts'
import { readRefreshToken } from './session/refresh-token.ts'
import { noteUsed } from './session/used.ts'
import type { Awaitable } from './store.ts'
import { readToken, refuseFor, type Claims } from './token.ts'

export interface TokenRequirement {
  /** The token must come from a sign-in with credentials. */
  fresh?: boolean
  /** A refresh token made without a store is wanted, and nothing else. */
  refresh?: boolean
}

export type CheckedToken = { ok: true; claims: Claims; header: Record<string, unknown> } | Refusal

/**
 * Makes the check that every guard runs. It answers at once unless the store must be asked, and never throws for a token.
 * With a store each token must belong to a session, so that it can be ended.
 */
export function tokenChecker(settings: Settings, sessions: SessionContext | null): (token: string, requirement?: TokenRequirement) => Awaitable<CheckedToken> {
  const note = sessions && noteUsed(sessions)

  async function whyEnded(sessionId: string): Promise<Refusal> {
    const row = await sessions!.store.read(sessionId)
    return refuse(row === null ? 'session_unknown' : endedCode(row))
  }

  function unlessEnded(checked: CheckedToken & { ok: true }): Awaitable<CheckedToken> {
    const { sid, gen, iat } = checked.claims
    if (typeof sid !== 'string') return refuseFor(settings, 'sid')
    const pass = (): CheckedToken => {
      if (typeof gen === 'number') note!(sid, gen)
      return checked
    }
    const ended = sessions!.revocations.isEnded(sid, iat * 1000)
    if (ended === false) return pass()
    return sessions!.orRetry(async () => ((await ended) ? whyEnded(sid) : pass()))
  }

  return (token, { fresh = false, refresh = false } = {}) => {
    const read = readToken(settings, token)
    if (typeof read === 'string') return readRefreshToken(settings.refreshKeys, token) === null ? refuseFor(settings, read) : refuse('token_type_wrong')
    if (read.kind !== (refresh ? 'refresh' : 'access')) return refuse('token_type_wrong')
    if (fresh && !read.claims.fresh) return refuse('fresh_required')
    const checked = { ok: true as const, claims: read.claims, header: read.header }
    return sessions === null || refresh ? checked : unlessEnded(checked)
  }
}
