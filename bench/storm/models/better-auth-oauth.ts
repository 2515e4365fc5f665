import { newToken, type Model } from './model.ts'

interface Session {
  isOver?: boolean
  /** What was answered to each consumed token, and when. */
  consumed: Map<string, { next: string; at: number }>
}

/**
 * Follows Better Auth's OAuth provider plugin (`packages/oauth-provider/src/token.ts`, August 2026): a consumed token is answered as it was
 * before, within `refreshTokenReuseInterval`; its default is 0. After that the whole family is revoked.
 */
export const betterAuthOAuth = (interval: number): Model<Session> => ({
  name:
    interval === 0
      ? 'Better Auth OAuth provider (model: its default)'
      : `Better Auth OAuth provider (model: ${interval} s, same answer)`,
  grace: interval,
  introspected: false,
  begin: () => ({ consumed: new Map() }),
  refresh({ consumed }, token, now) {
    const before = consumed.get(token)
    if (before !== undefined) return now - before.at < interval * 1000 ? before.next : null
    const next = newToken()
    consumed.set(token, { next, at: now })
    return next
  },
})
