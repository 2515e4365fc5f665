import type { Claims, SessionInfo } from 'latchkey'
import type { Location, Mode } from 'latchkey/protocol'
import type { Audit } from './audit.ts'
import type { SessionDescription } from './event-types.ts'

/** A user who is signed in, as a verified access token says. */
export interface SignedInUser {
  identity: string
  username: string
  sessionId: string
  /** How the access token was sent: in a header, or in a cookie. */
  mode: Mode
  /** True if the token comes from a sign-in, not from a refresh. */
  fresh: boolean
  claims: Claims
  /** The JOSE header of the access token. */
  header: Record<string, unknown>
}

/** Returns what the owner of a session may see of it and of its tokens. Never a token. */
export async function describeSession(
  { audit, now }: { audit: Audit; now: () => number },
  { identity, username, claims, header }: SignedInUser,
  session: SessionInfo,
): Promise<SessionDescription & { username: string }> {
  return {
    identity,
    username,
    access: { header, claims, expires_in: Math.max(0, claims.exp - Math.ceil(now() / 1000)) },
    refresh: {
      session_id: session.id,
      generation: session.generation,
      issued_at: toIso(session.issuedAt),
      idle_ends_at: toIso(session.idleEndsAt),
      ends_at: toIso(session.endsAt),
      rotates: session.rotates,
    },
    events: await audit.eventsOf(session.id),
  }
}

const toIso = (at: number): string => new Date(at).toISOString()

/** Every access token of this server has `sid` and the username at the time of the sign-in. */
export function signedInUser({
  claims,
  header,
  fresh,
  location,
}: Pick<SignedInUser, 'claims' | 'header' | 'fresh'> & { location: Location }): SignedInUser {
  return {
    identity: claims.sub,
    username: String(claims.username),
    sessionId: claims.sid!,
    mode: location === 'cookies' ? 'cookie' : 'header',
    fresh,
    claims,
    header,
  }
}
