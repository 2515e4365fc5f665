import { newToken, type Model } from './model.ts'

interface Session {
  isOver?: boolean
  /** When each token was used first. */
  usedAt: Map<string, number>
}

/**
 * Follows Ory Hydra's graceful refresh token rotation (`docs/hydra/guides/graceful-token-refresh.mdx`, `persister_oauth2.go`, July 2026):
 * within the period after a token's first use every use of it makes another pair in the same chain; later use revokes the whole chain.
 * Without a period, which is the default, the first repetition does.
 */
export const hydra = (grace: number): Model<Session> => ({
  name:
    grace === 0
      ? 'Ory Hydra (model: no grace, its default)'
      : `Ory Hydra (model: ${grace} s, mints another)`,
  grace,
  introspected: true,
  begin: () => ({ usedAt: new Map() }),
  refresh({ usedAt }, token, now) {
    const first = usedAt.get(token)
    if (first !== undefined && now - first >= grace * 1000) return null
    if (first === undefined) usedAt.set(token, now)
    return newToken()
  },
})
