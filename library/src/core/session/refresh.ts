import { createHash } from 'node:crypto'
import type { Device, ReuseDetails } from '../../protocol.ts'
import { runCallback } from '../token-check-callbacks.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { Session } from '../store.ts'
import { sessionAdditions, type TokenAdditions } from '../token-claims-callbacks.ts'
import type { SessionContext } from './context.ts'
import { decide, type Decision, type Presented } from './decide.ts'
import { isOtherDevice, sessionEvent } from './events.ts'
import { decodeRefreshToken } from './refresh-token.ts'
import { createTokenSet, type TokenSet } from './token-set.ts'

export interface RefreshOptions {
  /**
   * The attempt of this request and the client's previous one, as the header `Refresh-Attempt`
   * names them. They work like idempotency keys: a retry with the same attempt gets the same
   * tokens.
   */
  attempts?: { attempt: string; previous: string | null } | null
  /** What the request says about the browser. */
  device?: Device
}

export interface Refreshed {
  ok: true
  /**
   * `rotated`: the tokens are of a new generation. `repeated`: they are of the current one.
   * `recovered`: the store had lost writes, and the session continues from the client's token.
   */
  how: 'rotated' | 'repeated' | 'recovered'
  /**
   * False if the client already holds this refresh token. The response must then not set the
   * refresh cookie: if it arrived late, it would overwrite a newer one.
   */
  changed: boolean
  tokens: TokenSet
}

export type RefreshResult = Refreshed | Refusal

/** A refresh that loses a race is decided again. More than a few losses in a row are no race. */
const MAX_RETRIES = 8

/** One refresh request, after its token was authenticated. */
export interface RefreshRequest {
  presented: Presented
  device: Device
  /** Milliseconds since 1970. */
  now: number
}

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
  const token = decodeRefreshToken(context.settings.refreshKeys, refreshToken)
  if (token === null)
    return refuse(context.isAccessToken(refreshToken) ? 'token_type_invalid' : 'token_invalid')
  const { attempts = null, device = {} } = options
  const presented: Presented = { generation: token.generation, ...hashAttempts(attempts) }
  return context.orUnavailable(async () => {
    for (let tries = 0; tries < MAX_RETRIES; tries++) {
      // Taken before the row is read: a slow read must not make the new issue time too late.
      const request = { presented, device, now: context.settings.now() }
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
  if (additions !== null && 'code' in additions) return additions
  return decision.do === 'repeat'
    ? repeat(context, row!, decision, request, additions)
    : rotate(context, row!, decision, request, additions)
}

/** The times of a generation that counts as issued at `now`. */
const issuedNow = ({ settings }: SessionContext, row: Session, now: number) => ({
  issuedAt: now,
  idleEndsAt: Math.min(now + settings.idleLifetime, row.endsAt),
})

async function repeat(
  context: SessionContext,
  row: Session,
  { extend }: Decision & { do: 'repeat' },
  { presented, device, now }: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Refreshed | null> {
  const { settings, store } = context
  const times = issuedNow(context, row, now)
  if (extend && !(await store.extend(row.id, row.generation, times))) return null
  settings.onEvent({
    ...sessionEvent('repeated', now, row, device),
    holder: row.device,
    otherDevice: isOtherDevice(device, row.device),
  })
  const current = extend ? { ...row, ...times } : row
  return {
    ok: true,
    how: 'repeated',
    changed: extend || presented.generation !== row.generation,
    tokens: createTokenSet(settings, current, now, { fresh: false, additions }),
  }
}

async function rotate(
  context: SessionContext,
  row: Session,
  { to, recovered }: Decision & { do: 'rotate' },
  { presented, device, now }: RefreshRequest,
  additions: TokenAdditions | null,
): Promise<Refreshed | null> {
  const { settings, store } = context
  const times = issuedNow(context, row, now)
  const next = { ...times, generation: to, attempt: presented.attempt, device }
  if (!(await store.rotate(row.id, row, next))) return null
  const current = { ...row, ...next, used: false }
  settings.onEvent(sessionEvent(recovered ? 'recovered' : 'refreshed', now, current, device))
  return {
    ok: true,
    how: recovered ? 'recovered' : 'rotated',
    changed: true,
    tokens: createTokenSet(settings, current, now, { fresh: false, additions }),
  }
}

/**
 * Ends a session whose replaced refresh token was used again: neither the owner nor the thief can
 * continue. Null if the session ended in between; the caller then decides again.
 */
export async function endReused(
  context: SessionContext,
  row: Session,
  { presented, device, now }: RefreshRequest,
): Promise<Refusal | null> {
  const details: ReuseDetails = {
    presented: presented.generation,
    current: row.generation,
    after: now - row.issuedAt,
    device,
    holder: row.device,
  }
  if (!(await context.store.end(row.id, { at: now, reason: 'reused', details }))) return null
  context.settings.onEvent({
    ...sessionEvent('reused', now, row, device),
    holder: row.device,
    reason: 'reused',
    details,
  })
  return refuse('refresh_token_reused')
}

/**
 * Refuses, and reports the end of a session whose lifetime is over: the store does not record it.
 */
function refuseEnded(
  context: SessionContext,
  row: Session | null,
  { code }: Decision & { do: 'refuse' },
  { device, now }: RefreshRequest,
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
