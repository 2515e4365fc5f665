import { newToken, type Model } from './model.ts'

interface Session {
  isOver?: boolean
  current: string
  previous: string | null
  rotatedAt: number
}

/**
 * Follows Auth0's refresh token rotation with a leeway (`configure-refresh-token-rotation`): the newest token rotates. The one before it, within
 * the leeway: breach detection is off, and a new token is issued. Whatever is older, or comes later, is a breach: the family is revoked.
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
