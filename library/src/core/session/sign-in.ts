import type { Device } from '../../protocol.ts'
import type { Session } from '../store.ts'
import { sessionAdditions } from '../token-callbacks.ts'
import { checkClaims } from '../access-token.ts'
import type { SessionContext } from './context.ts'
import { sessionEvent } from './events.ts'
import { createTokenSet, type TokenSet } from './token-set.ts'

export interface SignInOptions {
  /** Claims that every access token of the session carries. */
  claims?: Record<string, unknown>
  device?: Device
  /** For clients that cannot keep a second refresh token: theirs stays the same, and a copy of it is never noticed. */
  dangerouslyNeverRotate?: boolean
}

/** Begins a session for somebody whose credentials the application has checked. On disk before it answers. Throws what the store throws. */
export async function signIn(
  context: SessionContext,
  identity: string,
  options: SignInOptions = {},
): Promise<TokenSet> {
  checkClaims(identity, options.claims)
  const { settings, store } = context
  const added = await sessionAdditions(settings.callbacks, identity)
  const now = settings.now()
  const endsAt = now + settings.absoluteLifetime
  const session: Session = {
    id: settings.randomId(),
    identity,
    generation: 0,
    attempt: null,
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
  await store.create(session)
  context.pruneIfDue(now)
  settings.onEvent(sessionEvent('signed-in', now, session, session.device))
  return createTokenSet(settings, session, now, { fresh: true, added })
}
