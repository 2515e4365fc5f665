import type { Claims, SessionInfo } from 'latchkey'
import type { SessionDescription } from './event-types.ts'
import type { Services } from '../services.ts'

/** Who is signed in, by an access token that was checked. */
export interface Visitor {
  identity: string
  username: string
  sessionId: string
  /** True where the token came from a sign-in, not from a renewal. */
  fresh: boolean
  claims: Claims
  /** The header of the access token. */
  header: Record<string, unknown>
}

/** Everything that may be said of a session and its tokens, to its owner; never a token. */
export async function describeSession(
  { audit, now }: Services,
  { identity, username, claims, header }: Visitor,
  session: SessionInfo,
): Promise<SessionDescription & { username: string }> {
  return {
    identity,
    username,
    access: { header, claims, expires_in: Math.max(0, claims.exp - Math.ceil(now() / 1000)) },
    refresh: {
      session_id: session.id,
      generation: session.generation,
      issued_at: time(session.issuedAt),
      idle_ends_at: time(session.idleEndsAt),
      ends_at: time(session.endsAt),
      rotates: session.rotates,
    },
    events: await audit.of(session.id),
  }
}

const time = (at: number): string => new Date(at).toISOString()

/** Whose token it is. Every token of ours names its session, and carries the username as it was when the session began. */
export function visitorOf({
  claims,
  header,
  fresh,
}: Pick<Visitor, 'claims' | 'header' | 'fresh'>): Visitor {
  return {
    identity: claims.sub,
    username: String(claims.username),
    sessionId: claims.sid!,
    fresh,
    claims,
    header,
  }
}
