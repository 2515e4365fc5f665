import { createToken } from '../access-token.ts'
import type { Settings } from '../options.ts'
import type { Session } from '../store.ts'
import { mergeObjects, type TokenAdditions } from '../token-claims-callbacks.ts'
import { csrfValue, encodeRefreshToken } from './refresh-token.ts'

/** What a sign-in and a refresh return. Durations are in seconds from now. */
export interface TokenSet {
  identity: string
  sessionId: string
  /** How many refresh tokens the session had before this one: 0 at sign-in. */
  generation: number
  accessToken: string
  refreshToken: string
  /** Until the access token expires. */
  expiresIn: number
  /** Until the session ends unless it is refreshed. */
  refreshExpiresIn: number
  /** The value that requests with cookies must repeat; null without the option `csrf`. */
  csrf: string | null
}

/** The largest share of the access token's lifetime that is subtracted at random. */
const JITTER = 0.05

/**
 * Makes the tokens of a session's current generation. The access token never outlives the session.
 * `now` in milliseconds. `tracked`: guards record that the access token was used.
 */
export function createTokenSet(
  settings: Settings,
  session: Session,
  now: number,
  {
    fresh,
    additions,
    tracked = recordsUse(session),
  }: { fresh: boolean; additions: TokenAdditions | null; tracked?: boolean },
): TokenSet {
  const lifetime = settings.accessLifetime * (1 - JITTER * settings.randomFraction())
  const expiresAt = Math.min(now + lifetime, session.endsAt)
  const csrf = settings.csrf && csrfValue(settings.refreshKeys[0]!, session.id)
  const accessToken = createToken(settings, {
    kind: 'access',
    identity: session.identity,
    fresh,
    now,
    expiresAt,
    ownClaims: {
      sid: session.id,
      ...(tracked && { gen: session.generation }),
      auth_time: Math.floor(session.createdAt / 1000),
      ...(csrf !== null && { csrf }),
    },
    claims: mergeObjects(additions?.claims, session.claims),
    headers: additions?.headers,
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

/**
 * Whether guards must record that an access token of this generation was used. Without an attempt,
 * that is how a retry with the previous token is distinguished from a reuse.
 */
export const recordsUse = ({ rotates, attempt, generation }: Session): boolean =>
  rotates && attempt === null && generation > 0

const secondsUntil = (instant: number, now: number): number =>
  Math.max(0, Math.floor((instant - now) / 1000))
