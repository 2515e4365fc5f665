import { createHash } from 'node:crypto'
import type { Device, ReuseStory } from '../../protocol.ts'
import { guarded } from '../check-callbacks.ts'
import { refuse, type Refusal } from '../errors.ts'
import { sessionAdditions } from '../token-callbacks.ts'
import type { Session } from '../store.ts'
import type { SessionContext } from './context.ts'
import { decide, type Decision, type Presented } from './decide.ts'
import { isOther, sessionEvent } from './events.ts'
import { readRefreshToken } from './refresh-token.ts'
import { tokensOf, type TokenSet } from './token-set.ts'

export interface RefreshOptions {
  /** The attempt that this request is made under, and the one before it, as the client sent them. */
  attempts?: { attempt: string; previous: string | null } | null
  device?: Device
}

export interface Refreshed {
  ok: true
  how: 'rotated' | 'repeated' | 'healed'
  /**
   * False where the client holds this refresh token already and nothing about it is new. Such an answer must not write it again: one
   * that comes late would put back a token that has been replaced since.
   */
  changed: boolean
  tokens: TokenSet
}

export type RefreshOutcome = Refreshed | Refusal

/** Each lost race means that somebody else got through; more than a few in a row are no race. */
const TRIES = 8

/**
 * Exchanges a refresh token for the next pair, by the table in `decide`. Everybody who asks at once gets the same successor.
 * A store that fails makes the answer `retry` (503) and changes nothing for the client.
 */
export async function refresh(
  context: SessionContext,
  refreshToken: string,
  options: RefreshOptions = {},
): Promise<RefreshOutcome> {
  const named = readRefreshToken(context.settings.refreshKeys, refreshToken)
  if (named === null)
    return refuse(context.isAccessToken(refreshToken) ? 'token_type_wrong' : 'token_invalid')
  const { attempts = null, device = {} } = options
  const presented: Presented = {
    counter: named.counter,
    attempt: attempts && hashAttempt(attempts.attempt),
    previous: attempts?.previous ? hashAttempt(attempts.previous) : null,
  }
  return context.orRetry(async () => {
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
    return refuse('retry')
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
): Promise<RefreshOutcome | null> {
  if (decision.do === 'reuse') return endReused(context, row, presented, now, device)
  const { settings, store } = context
  // Before anything is written: where the application fails, nothing has happened.
  const added = await guarded(settings, 'claims', () =>
    sessionAdditions(settings.callbacks, row.identity),
  )
  if (added !== null && 'code' in added) return added
  const young = { handedOutAt: now, idleEndsAt: Math.min(now + settings.idleLifetime, row.endsAt) }
  if (decision.do === 'repeat') {
    if (decision.restart && !(await store.restart(row.id, row.counter, young))) return null
    settings.onEvent({
      ...sessionEvent('repeated', now, row, device),
      holder: row.device,
      otherDevice: isOther(device, row.device),
    })
    const current = decision.restart ? { ...row, ...young } : row
    const changed = decision.restart || presented.counter !== row.counter
    return {
      ok: true,
      how: 'repeated',
      changed,
      tokens: tokensOf(settings, current, now, { fresh: false, added }),
    }
  }
  const next = { ...young, counter: decision.to, attempt: presented.attempt, device }
  if (!(await store.rotate(row.id, row, next))) return null
  const current = { ...row, ...next, used: false }
  settings.onEvent(sessionEvent(decision.healed ? 'healed' : 'refreshed', now, current, device))
  return {
    ok: true,
    how: decision.healed ? 'healed' : 'rotated',
    changed: true,
    tokens: tokensOf(settings, current, now, { fresh: false, added }),
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
  const story: ReuseStory = {
    presented: presented.counter,
    current: row.counter,
    after: now - row.handedOutAt,
    device,
    holder: row.device,
  }
  if (!(await context.store.end(row.id, { at: now, reason: 'reused', story }))) return null
  context.settings.onEvent({
    ...sessionEvent('reused', now, row, device),
    holder: row.device,
    reason: 'reused',
    story,
  })
  return refuse('session_reused')
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
