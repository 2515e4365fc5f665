import { newToken, type Model } from './model.ts'

interface Session {
  hasEnded?: boolean
  /** When each token was first used. */
  usedAt: Map<string, number>
}

/**
 * Follows Ory Hydra's graceful refresh token rotation
 * (`docs/hydra/guides/graceful-token-refresh.mdx`, `persister_oauth2.go`, July 2026). Within the
 * period after its first use, every use of a token issues another pair in the same chain. Later use
 * revokes the whole chain. By default there is no period, and the first reuse revokes it.
 */
export const hydra = (grace: number): Model<Session> => ({
  name:
    grace === 0
      ? 'Ory Hydra (model: no grace, its default)'
      : `Ory Hydra (model: ${grace} s, issues another)`,
  grace,
  introspected: true,
  begin: () => ({ usedAt: new Map() }),
  refresh({ usedAt }, token, now) {
    const firstUse = usedAt.get(token)
    if (firstUse !== undefined && now - firstUse >= grace * 1000) return null
    if (firstUse === undefined) usedAt.set(token, now)
    return newToken()
  },
})
