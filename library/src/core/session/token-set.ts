import { mergeObjects, type TokenAdditions } from '../token-callbacks.ts'
import type { Settings } from '../options.ts'
import type { Session } from '../store.ts'
import { createToken } from '../access-token.ts'
import { csrfValue, encodeRefreshToken } from './refresh-token.ts'

/** What a sign-in and a refresh hand out. Durations are in seconds from now. */
export interface TokenSet {
  identity: string
  sessionId: string
  /** The number of the refresh that made these tokens; 0 at sign-in. */
  generation: number
  accessToken: string
  refreshToken: string
  expiresIn: number
  refreshExpiresIn: number
  /** What requests with cookies must repeat, where the option `csrf` asks for it. */
  csrf: string | null
}

const JITTER = 0.05

/**
 * The tokens of the generation that a row is at. An access token never outlives its session. It names its generation only where the
 * guard must note that it is used: made without an attempt, with a predecessor that somebody may still hold.
 */
export function createTokenSet(
  settings: Settings,
  session: Session,
  now: number,
  { fresh, added }: { fresh: boolean; added: TokenAdditions | null },
): TokenSet {
  const life = settings.accessLifetime * (1 - JITTER * settings.randomShare())
  const expiresAt = Math.min(now + life, session.endsAt)
  const csrf = settings.csrf && csrfValue(settings.refreshKeys[0]!, session.id)
  const accessToken = createToken(settings, {
    kind: 'access',
    identity: session.identity,
    fresh,
    now,
    expiresAt,
    ownClaims: {
      sid: session.id,
      ...(session.rotates &&
        session.attempt === null &&
        session.generation > 0 && { gen: session.generation }),
      auth_time: Math.floor(session.createdAt / 1000),
      ...(csrf !== null && { csrf }),
    },
    claims: mergeObjects(added?.claims, session.claims),
    headers: added?.headers,
  })
  return {
    identity: session.identity,
    sessionId: session.id,
    generation: session.generation,
    accessToken,
    refreshToken: encodeRefreshToken(settings.refreshKeys[0]!, session.id, session.generation),
    expiresIn: secondsUntil(Math.floor(expiresAt / 1000) * 1000, now),
    refreshExpiresIn: secondsUntil(session.idleEndsAt, now),
    csrf,
  }
}

const secondsUntil = (instant: number, now: number): number =>
  Math.max(0, Math.floor((instant - now) / 1000))
