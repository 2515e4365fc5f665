import { randomUUID } from 'node:crypto'
import type { Stack } from 'latchkey-storm'
import { ACCESS_LIFETIME, given, onlyStatus, refused } from '../peer.ts'

/** What a model does with a refresh token of a live session: the next one, or null where the session ends. */
export type Refresh<Session> = (session: Session, token: string, now: number) => string | null

export interface Model<Session extends { isOver?: boolean }> {
  name: string
  /** Seconds for which a replaced token is forgiven. */
  grace: number
  /** Access tokens are asked about at the server, so that they end with the session. */
  introspected: boolean
  begin(first: string): Session
  refresh: Refresh<Session>
}

export const newToken = (): string => randomUUID()

/** A stack around an algorithm for refresh tokens: everything else is the same for all models. */
export function modelStack<Session extends { isOver?: boolean }>(
  model: Model<Session>,
  now: () => number,
): Stack {
  const sessions = new Map<string, Session>()
  const access = new Map<string, { session: Session; until: number }>()

  const hand = (session: Session, refresh: string) => {
    const token = newToken()
    sessions.set(refresh, session)
    access.set(token, { session, until: now() + ACCESS_LIFETIME * 1000 })
    return given({ access: token, refresh })
  }

  return {
    name: model.name,
    refreshCookie: 'refresh',
    accessLifetime: ACCESS_LIFETIME,
    grace: model.grace,
    servers: 1,
    async signIn() {
      const first = newToken()
      return hand(model.begin(first), first)
    },
    async use({ cookies }) {
      const found = access.get(cookies['access'] ?? '')
      const live =
        found !== undefined && now() < found.until && !(model.introspected && found.session.isOver)
      return onlyStatus(live ? 200 : 401)
    },
    async refresh({ cookies }) {
      const token = cookies['refresh'] ?? ''
      const session = sessions.get(token)
      if (session === undefined || session.isOver) return refused(400)
      const next = model.refresh(session, token, now())
      if (next === null) session.isOver = true
      return next === null ? refused(400) : hand(session, next)
    },
    async signOut({ cookies }) {
      const session = sessions.get(cookies['refresh'] ?? '')
      if (session) session.isOver = true
      return onlyStatus(204, { access: null, refresh: null })
    },
    happen: async () => false,
  }
}
