import { createHash } from 'node:crypto'
import type { Device, ReuseDetails } from '../../protocol.ts'
import { runCallback } from '../token-check-callbacks.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { End, Session } from '../store.ts'
import { sessionAdditions } from '../token-claims-callbacks.ts'
import { arrivalNow, isLate } from './arrival.ts'
import type { SessionContext } from './context.ts'
import { endSession } from './end-session.ts'
import { decide, type Decision, type Presented } from './decide.ts'
import { sessionEvent } from './events.ts'
import { endInstant } from './sign-out.ts'
import { repeat, rotate, type Refreshed, type RefreshRequest } from './issue.ts'
import { watchForSleep } from './process-sleep.ts'
import { decodeRefreshToken } from './refresh-token.ts'

export type { Refreshed } from './issue.ts'

export interface RefreshOptions {
  /**
   * The attempt of this request and the client's previous one, as the header `Refresh-Attempt`
   * names them. They work like idempotency keys: a retry with the same attempt gets the same
   * tokens.
   */
  attempts?: { attempt: string; previous: string | null } | null
  /** What the request says about the browser. */
  device?: Device
  /**
   * When the request arrived, in milliseconds since 1970, if it waited before this call. The
   * default is now. A request that waited for long ends no session.
   */
  arrivedAt?: number
}

export type RefreshResult = Refreshed | Refusal

/** A refresh that loses a race is decided again. More than a few losses in a row are no race. */
export const MAX_RETRIES = 8

/**
 * Exchanges a refresh token for the next tokens, by the rules in `decide.ts`. Concurrent requests
 * with one token all get the same successor. If the store fails, resolves to
 * `temporarily_unavailable` (503), and the client can repeat the request.
 */
export async function refresh(
  context: SessionContext,
  refreshToken: string,
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  watchForSleep()
  const token = decodeRefreshToken(context.settings.refreshKeys, refreshToken)
  if (token === null)
    return refuse(context.isAccessToken(refreshToken) ? 'token_type_invalid' : 'token_invalid')
  const { attempts = null, device = {}, arrivedAt } = options
  const arrival = arrivalNow(context.settings.now(), arrivedAt)
  const presented: Presented = { generation: token.generation, ...hashAttempts(attempts) }
  return context.orUnavailable(async () => {
    for (let tries = 0; tries < MAX_RETRIES; tries++) {
      // Taken before the row is read: a slow read must not make the new issue time too late.
      const request = { presented, device, arrival, now: context.settings.now() }
      const row = await context.store.read(token.sessionId)
      const result = await tryRefresh(context, row, request)
      if (result !== null) return result
    }
    return refuse('temporarily_unavailable')
  })
}

/** Decides once and carries it out. Null if another request changed the row in between. */
async function tryRefresh(
  context: SessionContext,
  row: Session | null,
  request: RefreshRequest,
): Promise<RefreshResult | null> {
  const decision = decide(row, request.presented, request.now, context.settings)
  if (decision.do === 'refuse') return refuseEnded(context, row, decision, request)
  if (decision.do === 'reuse') return endReused(context, row!, request)
  // Before the write: if the callbacks fail, nothing has changed.
  const additions = await runCallback(context.settings, 'claims', () =>
    sessionAdditions(context.settings.callbacks, row!.identity),
  )
  return decision.do === 'repeat'
    ? repeat(context, row!, decision, request, additions)
    : rotate(context, row!, decision, request, additions)
}

/**
 * Ends a session whose replaced refresh token was used again: neither the owner nor the thief can
 * continue. A late request does not: its client has long given up and gone on. Null if the session
 * ended in between; the caller then decides again.
 */
export async function endReused(
  context: SessionContext,
  row: Session,
  { presented, device, arrival, now }: RefreshRequest,
): Promise<Refusal | null> {
  const { settings } = context
  if (isLate(arrival, settings.now(), settings.grace)) {
    settings.onEvent({ ...sessionEvent('late', now, row, device), holder: row.device })
    return refuse('temporarily_unavailable')
  }
  const details: ReuseDetails = {
    presented: presented.generation,
    current: row.generation,
    after: now - row.issuedAt,
    device,
    holder: row.device,
  }
  const end: End = { at: endInstant(now, row), reason: 'reused', details }
  const tell = () =>
    settings.onEvent({
      ...sessionEvent('reused', now, row, device),
      holder: row.device,
      reason: 'reused',
      details,
    })
  if (!(await endSession(context, row.id, end, tell))) return null
  tell()
  return refuse('refresh_token_reused')
}

/**
 * Refuses, and reports the end of a session whose lifetime is over: the store does not record it.
 */
export function refuseEnded(
  context: SessionContext,
  row: Session | null,
  { code }: Extract<Decision, { do: 'refuse' }>,
  { device, now }: Pick<RefreshRequest, 'device' | 'now'>,
): Refusal {
  if (row !== null && row.end === null) {
    context.settings.onEvent({
      ...sessionEvent('expired', now, row, device),
      reason: code === 'session_idle' ? 'idle' : 'expired',
    })
  }
  return refuse(code)
}

/** The attempts of a request as the table compares them. */
export const hashAttempts = (
  attempts: RefreshOptions['attempts'] = null,
): Pick<Presented, 'attempt' | 'previous'> => ({
  attempt: attempts && hashAttempt(attempts.attempt),
  previous: attempts?.previous ? hashAttempt(attempts.previous) : null,
})

/** The store keeps hashes, so a copy of it does not let anyone pose as the client. */
const hashAttempt = (attempt: string): string =>
  createHash('sha256').update(attempt).digest().toString('base64url', 0, 16)
