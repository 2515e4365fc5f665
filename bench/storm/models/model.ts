import { randomUUID } from 'node:crypto'
import type { Stack } from 'latchkey-storm'
import { ACCESS_LIFETIME, issued, refused, withStatus } from '../peer.ts'

/**
 * Returns the token that follows a refresh token of a live session, or null if the session ends.
 */
export type Refresh<Session> = (session: Session, token: string, now: number) => string | null

export interface Model<Session extends { hasEnded?: boolean }> {
  name: string
  /** Seconds for which a replaced token is accepted. */
  grace: number
  /** Whether access tokens are checked at the server, so that they end with the session. */
  introspected: boolean
  begin(firstToken: string): Session
  refresh: Refresh<Session>
}

export const newToken = (): string => randomUUID()

/** A stack around an algorithm for refresh tokens. Everything else is the same for all models. */
export function modelStack<Session extends { hasEnded?: boolean }>(
  model: Model<Session>,
  now: () => number,
): Stack {
  const sessions = new Map<string, Session>()
  const accessTokens = new Map<string, { session: Session; expiresAt: number }>()

  const issueTokens = (session: Session, refresh: string) => {
    const access = newToken()
    sessions.set(refresh, session)
    accessTokens.set(access, { session, expiresAt: now() + ACCESS_LIFETIME * 1000 })
    return issued({ access, refresh })
  }

  return {
    name: model.name,
    refreshCookie: 'refresh',
    accessLifetime: ACCESS_LIFETIME,
    grace: model.grace,
    servers: 1,
    async signIn() {
      const first = newToken()
      return issueTokens(model.begin(first), first)
    },
    async use({ cookies }) {
      const token = accessTokens.get(cookies['access'] ?? '')
      if (token === undefined || now() >= token.expiresAt) return withStatus(401)
      return withStatus(model.introspected && token.session.hasEnded ? 401 : 200)
    },
    async refresh({ cookies }) {
      const token = cookies['refresh'] ?? ''
      const session = sessions.get(token)
      if (session === undefined || session.hasEnded) return refused(400)
      const next = model.refresh(session, token, now())
      if (next === null) session.hasEnded = true
      return next === null ? refused(400) : issueTokens(session, next)
    },
    async signOut({ cookies }) {
      const session = sessions.get(cookies['refresh'] ?? '')
      if (session) session.hasEnded = true
      return withStatus(204, { access: null, refresh: null })
    },
    injectFault: async () => false,
  }
}
