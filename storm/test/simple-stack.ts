import { randomUUID } from 'node:crypto'
import type { Stack, StackResponse } from 'latchkey-storm'

/** What a stack does with refresh tokens, and with one that has been replaced. */
export type Rule =
  | 'never replaced'
  | 'reuse ends the session'
  | 'reuse is refused'
  | 'another token within 30 s, then reuse ends the session'

const REFUSED: StackResponse = {
  status: 401,
  set: {},
  expiresIn: null,
  generation: null,
  ended: true,
}
const LIFETIME = 300
const GRACE = 30

interface Session {
  hasEnded: boolean
}

interface Token {
  session: Session
  replacedAt: number | null
}

/** A minimal stack with one rule: refresh tokens in a map, each with its session. */
export function simpleStack(rule: Rule, now: () => number): Stack {
  const refreshTokens = new Map<string, Token>()
  const accessExpiry = new Map<string, number>()
  const grace = rule.startsWith('another') ? GRACE : 0

  const issueTokens = (session: Session): StackResponse => {
    const set = { refresh: randomUUID(), access: randomUUID() }
    refreshTokens.set(set.refresh, { session, replacedAt: null })
    accessExpiry.set(set.access, now() + LIFETIME * 1000)
    return { status: 200, set, expiresIn: LIFETIME, generation: null, ended: false }
  }

  function refresh(presented: string): StackResponse {
    const token = refreshTokens.get(presented)
    if (token === undefined || token.session.hasEnded) return REFUSED
    const { session, replacedAt } = token
    if (replacedAt !== null && now() - replacedAt >= grace * 1000) {
      session.hasEnded = rule !== 'reuse is refused'
      return REFUSED
    }
    const { set, ...response } = issueTokens(session)
    if (rule === 'never replaced') return { ...response, set: { access: set['access']! } }
    token.replacedAt ??= now()
    return { ...response, set }
  }

  return {
    name: rule,
    refreshCookie: 'refresh',
    accessLifetime: LIFETIME,
    grace,
    servers: 1,
    signIn: async () => issueTokens({ hasEnded: false }),
    use: async ({ cookies }) => ({
      ...REFUSED,
      status: now() < (accessExpiry.get(cookies['access'] ?? '') ?? 0) ? 200 : 401,
    }),
    refresh: async ({ cookies }) => refresh(cookies['refresh'] ?? ''),
    async signOut({ cookies }) {
      const token = refreshTokens.get(cookies['refresh'] ?? '')
      if (token) token.session.hasEnded = true
      return { ...REFUSED, status: 204, set: { refresh: null, access: null } }
    },
    injectFault: async () => false,
  }
}
