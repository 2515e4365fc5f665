import { newToken, type Model } from './model.ts'

interface Session {
  hasEnded?: boolean
  current: string
  previous: string | null
  rotatedAt: number
}

const WINDOW = 30

/**
 * Follows SuperTokens core 12.1 (`session/Session.java`, `config.yaml`, August 2026). The current
 * token rotates. Within 30 s of the rotation, the previous token gets another one, which
 * replaces the current token. The 30 s do not start again. Any other token is theft.
 */
export const supertokens: Model<Session> = {
  name: 'SuperTokens (model: 30 s, issues another)',
  grace: WINDOW,
  introspected: false,
  begin: (first) => ({ current: first, previous: null, rotatedAt: Number.NEGATIVE_INFINITY }),
  refresh(session, token, now) {
    if (token === session.current) {
      session.previous = token
      session.rotatedAt = now
    } else if (token !== session.previous || now - session.rotatedAt > WINDOW * 1000) return null
    return (session.current = newToken())
  },
}
