import { isUnexpired, refuseToken, verifyToken, isFresh } from '../access-token.ts'
import { refuse, type Refusal } from '../errors.ts'
import type { Session } from '../store.ts'
import { arrivalNow } from './arrival.ts'
import type { SessionContext } from './context.ts'
import { decide } from './decide.ts'
import { decodeRefreshToken } from './refresh-token.ts'
import { endReused, hashAttempts, type RefreshOptions } from './refresh.ts'
import { signOut, signOutEverywhere } from './sign-out.ts'

export interface RevokeOptions extends RefreshOptions {
  /** Also ends all other sessions of the identity. */
  everywhere?: boolean
  /**
   * Requires a recent sign-in for `everywhere`: a fresh access token, or a refresh token of a
   * session that began less than an access-token lifetime ago.
   */
  freshToEndOthers?: boolean
}

export interface Revoked {
  ok: true
  /** How many sessions ended. 0 if the session of the token had ended before. */
  ended: number
}

/** The session that a token names, and what the token allows. */
interface TokenOwner {
  sessionId: string
  /** Null for an access token. */
  generation: number | null
  isFresh: boolean
}

/** A sign-out that loses a race is decided again, as in `refresh`. */
const MAX_RETRIES = 8

/**
 * Ends the session that a token belongs to (RFC 7009, section 2.1). Any authentic token will do,
 * even an expired one. A refresh token that was replaced ends its session as reused, and no other.
 * With `everywhere` and without a recent sign-in, only the session of the token ends, and the
 * result is `fresh_required`. Rejects with the store's own error.
 */
export async function revokeToken(
  context: SessionContext,
  token: string,
  options: RevokeOptions = {},
): Promise<Revoked | Refusal> {
  const owner = ownerOf(context, token)
  if ('code' in owner) return owner
  const { device = {}, everywhere = false, freshToEndOthers = false } = options
  const row = await context.store.read(owner.sessionId)
  const reuse = row && owner.generation !== null && (await endIfReused(context, owner, options))
  if (reuse) return reuse
  const ended = await signOut(context, owner.sessionId, 'signed-out', device)
  if (!ended) return { ok: true, ended: 0 }
  if (!everywhere) return { ok: true, ended: 1 }
  if (freshToEndOthers && !owner.isFresh && !isRecent(context, row!))
    return refuse('fresh_required')
  const others = await signOutEverywhere(context, row!.identity, { device })
  return { ok: true, ended: others + 1 }
}

/** Returns what an authentic token of either kind belongs to. */
function ownerOf({ settings }: SessionContext, token: string): TokenOwner | Refusal {
  const refreshToken = decodeRefreshToken(settings.refreshKeys, token)
  if (refreshToken !== null) return { ...refreshToken, isFresh: false }
  const now = settings.now()
  const verified = verifyToken(settings, token, now, { allowExpired: true })
  if (typeof verified === 'string') return refuseToken(settings, verified)
  const { claims } = verified
  if (claims.sid === undefined) return refuse('token_invalid')
  const isLive = isUnexpired(settings, claims, now)
  return { sessionId: claims.sid, generation: null, isFresh: isLive && isFresh(claims, now) }
}

const isRecent = ({ settings }: SessionContext, { createdAt }: Session): boolean =>
  settings.now() - createdAt < settings.accessLifetime

/** Ends the session if the refresh table calls the token reused. Null if it does not. */
async function endIfReused(
  context: SessionContext,
  { sessionId, generation }: TokenOwner,
  { attempts = null, device = {}, arrivedAt }: RevokeOptions,
): Promise<Refusal | null> {
  const arrival = arrivalNow(context.settings.now(), arrivedAt)
  const presented = { generation: generation!, ...hashAttempts(attempts) }
  for (let tries = 0; tries < MAX_RETRIES; tries++) {
    const now = context.settings.now()
    const row = await context.store.read(sessionId)
    if (decide(row, presented, now, context.settings).do !== 'reuse') return null
    const refusal = await endReused(context, row!, { presented, device, arrival, now })
    if (refusal !== null) return refusal
  }
  return null
}
