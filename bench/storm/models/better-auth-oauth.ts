import { newToken, type Model } from './model.ts'

interface Session {
  hasEnded?: boolean
  /** The token that each consumed token was replaced with, and when. */
  consumed: Map<string, { next: string; at: number }>
}

/**
 * Follows Better Auth's OAuth provider plugin (`packages/oauth-provider/src/token.ts`, August
 * 2026). Within `refreshTokenReuseInterval`, 0 by default, a consumed token gets the same response
 * again. After that the whole family is revoked.
 */
export const betterAuthOAuth = (interval: number): Model<Session> => ({
  name:
    interval === 0
      ? 'Better Auth OAuth provider (model: its default)'
      : `Better Auth OAuth provider (model: ${interval} s, same response)`,
  grace: interval,
  introspected: false,
  begin: () => ({ consumed: new Map() }),
  refresh({ consumed }, token, now) {
    const earlier = consumed.get(token)
    if (earlier !== undefined) return now - earlier.at < interval * 1000 ? earlier.next : null
    const next = newToken()
    consumed.set(token, { next, at: now })
    return next
  },
})
