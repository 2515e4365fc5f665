import { createHash } from 'node:crypto'
import type { Device, ReuseDetails } from '../../protocol.ts'
import { runCallback } from '../check-callbacks.ts'
import { refuse, type Refusal } from '../errors.ts'
import { sessionAdditions } from '../token-callbacks.ts'
import type { Session } from '../store.ts'
import type { SessionContext } from './context.ts'
import { decide, type Decision, type Presented } from './decide.ts'
import { isOtherDevice, sessionEvent } from './events.ts'
import { decodeRefreshToken } from './refresh-token.ts'
import { createTokenSet, type TokenSet } from './token-set.ts'

export interface RefreshOptions {
  /** The attempt that this request is made under, and the one before it, as the client sent them. */
  attempts?: { attempt: string; previous: string | null } | null
  device?: Device
}

export interface Refreshed {
  ok: true
  how: 'rotated' | 'repeated' | 'recovered'
  /**
   * False where the client holds this refresh token already and nothing about it is new. Such an answer must not write it again: one
   * that comes late would put back a token that has been replaced since.
   */
  changed: boolean
  tokens: TokenSet
}

export type RefreshResult = Refreshed | Refusal

/** Each lost race means that somebody else got through; more than a few in a row are no race. */
const TRIES = 8

/**
 * Exchanges a refresh token for the next pair, by the table in `decide`. Everybody who asks at once gets the same successor.
 * A store that fails makes the answer `temporarily_unavailable` (503) and changes nothing for the client.
 */
export async function refresh(
  context: SessionContext,
  refreshToken: string,
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  const named = decodeRefreshToken(context.settings.refreshKeys, refreshToken)
  if (named === null)
    return refuse(context.isAccessToken(refreshToken) ? 'token_type_invalid' : 'token_invalid')
  const { attempts = null, device = {} } = options
  const presented: Presented = {
    generation: named.generation,
    attempt: attempts && hashAttempt(attempts.attempt),
    previous: attempts?.previous ? hashAttempt(attempts.previous) : null,
  }
  return context.orUnavailable(async () => {
    for (let tries = 0; tries < TRIES; tries++) {
      // Before the row is read, so that a read that stalls cannot make the answer younger than what it rests on.
      const now = context.settings.now()
      const row = await context.store.read(named.sessionId)
      const decision = decide(row, presented, now, context.settings)
      const outcome =
        decision.do === 'refuse'
          ? refused(context, row, decision, now, device)
          : await carryOut(context, row!, decision, presented, now, device)
      if (outcome !== null) return outcome
    }
    return refuse('temporarily_unavailable')
  })
}

/** Null where another request changed the row between our read and our write: then everything is decided again. */
async function carryOut(
  context: SessionContext,
  row: Session,
  decision: Exclude<Decision, { do: 'refuse' }>,
  presented: Presented,
  now: number,
  device: Device,
): Promise<RefreshResult | null> {
  if (decision.do === 'reuse') return endReused(context, row, presented, now, device)
  const { settings, store } = context
  // Before anything is written: where the application fails, nothing has happened.
  const added = await runCallback(settings, 'claims', () =>
    sessionAdditions(settings.callbacks, row.identity),
  )
  if (added !== null && 'code' in added) return added
  const young = { issuedAt: now, idleEndsAt: Math.min(now + settings.idleLifetime, row.endsAt) }
  if (decision.do === 'repeat') {
    if (decision.extend && !(await store.extend(row.id, row.generation, young))) return null
    settings.onEvent({
      ...sessionEvent('repeated', now, row, device),
      holder: row.device,
      otherDevice: isOtherDevice(device, row.device),
    })
    const current = decision.extend ? { ...row, ...young } : row
    const changed = decision.extend || presented.generation !== row.generation
    return {
      ok: true,
      how: 'repeated',
      changed,
      tokens: createTokenSet(settings, current, now, { fresh: false, added }),
    }
  }
  const next = { ...young, generation: decision.to, attempt: presented.attempt, device }
  if (!(await store.rotate(row.id, row, next))) return null
  const current = { ...row, ...next, used: false }
  settings.onEvent(
    sessionEvent(decision.recovered ? 'recovered' : 'refreshed', now, current, device),
  )
  return {
    ok: true,
    how: decision.recovered ? 'recovered' : 'rotated',
    changed: true,
    tokens: createTokenSet(settings, current, now, { fresh: false, added }),
  }
}

/** Theft: whoever holds a token of this session holds nothing now. Deciding again tells those who lost the race how it ended. */
async function endReused(
  context: SessionContext,
  row: Session,
  presented: Presented,
  now: number,
  device: Device,
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

function refused(
  context: SessionContext,
  row: Session | null,
  decision: Decision & { do: 'refuse' },
  now: number,
  device: Device,
): Refusal {
  if (row !== null && row.end === null) {
    context.settings.onEvent({
      ...sessionEvent('expired', now, row, device),
      reason: decision.code === 'session_idle' ? 'idle' : 'expired',
    })
  }
  return refuse(decision.code)
}

/** The store keeps a hash: whoever reads it cannot pose as the client that made the attempt. */
const hashAttempt = (attempt: string): string =>
  createHash('sha256').update(attempt).digest().toString('base64url', 0, 16)
