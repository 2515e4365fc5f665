import type { Device } from '../../protocol.ts'
import { checkClaims } from '../access-token.ts'
import type { Session } from '../store.ts'
import { runCallback } from '../token-check-callbacks.ts'
import { sessionAdditions } from '../token-claims-callbacks.ts'
import type { SessionContext } from './context.ts'
import { sessionEvent } from './events.ts'
import { hashAttempts, type RefreshOptions } from './refresh.ts'
import { createTokenSet, type TokenSet } from './token-set.ts'

export interface SignInOptions {
  /** Claims that every access token of the session carries. Reserved names throw a `TypeError`. */
  claims?: Record<string, unknown>
  /** What the request says about the browser; shown in session lists and events. */
  device?: Device
  /**
   * What `readAttempts` returns for the request: the sign-in of a client that sends attempts names
   * one too. A server that renders pages then leaves the refresh token to that client.
   */
  attempts?: RefreshOptions['attempts']
  /**
   * For clients that cannot store a new refresh token: the session keeps its first one. Dangerous,
   * because a stolen copy of it is never detected.
   */
  dangerouslyNeverRotate?: boolean
}

/**
 * Starts a session for an identity whose credentials the application has checked. Resolves when the
 * session is on disk. Rejects with the store's own error, or
 * with that of a callback.
 */
export async function signIn(
  context: SessionContext,
  identity: string,
  options: SignInOptions = {},
): Promise<TokenSet> {
  checkClaims(identity, options.claims)
  const { settings, store } = context
  const additions = await runCallback(settings, 'claims', () =>
    sessionAdditions(settings.callbacks, identity),
  )
  const now = settings.now()
  const endsAt = now + settings.absoluteLifetime
  const session: Session = {
    id: settings.randomId(),
    identity,
    generation: 0,
    attempt: hashAttempts(options.attempts).attempt,
    used: false,
    issuedAt: now,
    createdAt: now,
    idleEndsAt: Math.min(now + settings.idleLifetime, endsAt),
    endsAt,
    rotates: options.dangerouslyNeverRotate !== true,
    claims: options.claims ?? {},
    device: options.device ?? {},
    end: null,
  }
  const tell = () => settings.onEvent(sessionEvent('signed-in', now, session, session.device))
  const write = { find: async () => [await store.read(session.id)], isDone: () => true, tell }
  await context.unconfirmedWrites.watch(write, () => store.create(session))
  context.pruneIfDue(now)
  tell()
  return createTokenSet(settings, session, now, { fresh: true, additions })
}
