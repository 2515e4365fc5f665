import { newToken, type Model } from './model.ts'

interface Session {
  hasEnded?: boolean
  current: string
  previous: string | null
  rotatedAt: number
}

/**
 * Follows Auth0's refresh token rotation with a leeway (`configure-refresh-token-rotation`). The
 * newest token rotates. Within the leeway, the previous token gets another one, without breach
 * detection. Any other token is a breach: the family is revoked.
 */
export const auth0 = (leeway: number): Model<Session> => ({
  name: leeway === 0 ? 'Auth0 (model: no leeway)' : `Auth0 (model: leeway ${leeway} s)`,
  grace: leeway,
  introspected: false,
  begin: (first) => ({ current: first, previous: null, rotatedAt: Number.NEGATIVE_INFINITY }),
  refresh(session, token, now) {
    if (
      token !== session.current &&
      (token !== session.previous || now - session.rotatedAt >= leeway * 1000)
    )
      return null
    if (token === session.current) {
      session.previous = token
      session.rotatedAt = now
    }
    return (session.current = newToken())
  },
})
