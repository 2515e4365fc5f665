import type { Refusal } from '../core/errors.ts'
import type { Settings } from '../core/options.ts'
import { decodeRefreshToken } from '../core/session/refresh-token.ts'
import { SESSION_HEADER } from '../protocol.ts'
import { mostTelling } from './most-telling.ts'
import type { RequestView } from './request.ts'

/**
 * The refresh tokens of a request that are to be tried, in this order: of each session the newest,
 * that of the session which the request names first. A browser keeps a replaced token if its cookie
 * was set with another domain or path than the newer one. Presented alone, it would look stolen.
 */
export function refreshCandidates(
  settings: Settings,
  view: RequestView,
  tokens: readonly string[],
): readonly string[] {
  if (tokens.length < 2) return tokens
  const newest = new Map<string, { token: string; generation: number }>()
  for (const value of tokens) {
    const decoded = decodeRefreshToken(settings.refreshKeys, value)
    if (decoded === null) continue
    const { sessionId, generation } = decoded
    const known = newest.get(sessionId)
    if (known === undefined || known.generation < generation)
      newest.set(sessionId, { token: value, generation })
  }
  const named = newest.get(view.header(SESSION_HEADER) ?? '')
  const candidates = new Set([...(named ? [named] : []), ...newest.values()])
  return candidates.size === 0
    ? tokens.slice(0, 1)
    : Array.from(candidates, (candidate) => candidate.token)
}

/**
 * Tries tokens until one is accepted. If none is, returns the most telling refusal. Stops if the
 * store fails: it would for the others too.
 */
export async function firstAccepted<Result extends { ok: true }>(
  tokens: readonly string[],
  accept: (token: string) => Promise<Result | Refusal>,
): Promise<Result | Refusal> {
  const refusals: Refusal[] = []
  for (const token of tokens) {
    const result = await accept(token)
    if (result.ok || result.code === 'temporarily_unavailable') return result
    refusals.push(result)
  }
  return refusals[mostTelling(refusals)]!
}
