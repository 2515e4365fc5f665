import { newToken, type Model } from './model.ts'

interface Session {
  hasEnded?: boolean
  /** The token of each counter value; the current one is last. */
  tokens: string[]
  refreshedAt: number
}

const REUSE_INTERVAL = 10

/**
 * Follows Supabase Auth, version 2 of its refresh tokens (`internal/tokens/service.go`, August
 * 2026). The token contains a counter value. The current token increments the counter. The
 * previous token gets the current one, at any time. Older tokens get it within the reuse interval
 * (10 s, as the platform sets it); after that the session is deleted.
 */
export const supabase: Model<Session> = {
  name: 'Supabase (model: counter)',
  grace: REUSE_INTERVAL,
  introspected: false,
  begin: (first) => ({ tokens: [first], refreshedAt: Number.NEGATIVE_INFINITY }),
  refresh(session, token, now) {
    const { tokens, refreshedAt } = session
    const behind = tokens.length - 1 - tokens.indexOf(token)
    if (behind === 0) {
      tokens.push(newToken())
      session.refreshedAt = now
    } else if (behind > 1 && now - refreshedAt > REUSE_INTERVAL * 1000) return null
    return tokens.at(-1)!
  },
}
