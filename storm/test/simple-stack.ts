import { randomUUID } from 'node:crypto'
import type { Answer, Stack } from 'latchkey-storm'

/** What a replaced refresh token is answered with. `never replaced`: there is one for the whole session. */
export type Rule =
  | 'never replaced'
  | 'the session ends'
  | 'only it is refused'
  | 'another is made within 30 s, else the session ends'

const REFUSED: Answer = { status: 401, set: {}, expiresIn: null, generation: null, ended: true }
const LIFETIME = 300
const GRACE = 30

interface Session {
  isOver: boolean
}

interface Token {
  session: Session
  replacedAt: number | null
}

/** A stack as simple as its rule: refresh tokens in a map, each with the session that it belongs to. */
export function simpleStack(rule: Rule, now: () => number): Stack {
  const tokens = new Map<string, Token>()
  const access = new Map<string, number>()
  const grace = rule.startsWith('another') ? GRACE : 0

  const hand = (session: Session): Answer => {
    const set = { refresh: randomUUID(), access: randomUUID() }
    tokens.set(set.refresh, { session, replacedAt: null })
    access.set(set.access, now() + LIFETIME * 1000)
    return { status: 200, set, expiresIn: LIFETIME, generation: null, ended: false }
  }

  function refresh(presented: string): Answer {
    const token = tokens.get(presented)
    if (token === undefined || token.session.isOver) return REFUSED
    const { session, replacedAt } = token
    if (replacedAt !== null && now() - replacedAt >= grace * 1000) {
      session.isOver = rule !== 'only it is refused'
      return REFUSED
    }
    const { set, ...answer } = hand(session)
    if (rule === 'never replaced') return { ...answer, set: { access: set['access']! } }
    token.replacedAt ??= now()
    return { ...answer, set }
  }

  return {
    name: rule,
    refreshCookie: 'refresh',
    accessLifetime: LIFETIME,
    grace,
    servers: 1,
    signIn: async () => hand({ isOver: false }),
    use: async ({ cookies }) => ({
      ...REFUSED,
      status: now() < (access.get(cookies['access'] ?? '') ?? 0) ? 200 : 401,
    }),
    refresh: async ({ cookies }) => refresh(cookies['refresh'] ?? ''),
    async signOut({ cookies }) {
      const token = tokens.get(cookies['refresh'] ?? '')
      if (token) token.session.isOver = true
      return { ...REFUSED, status: 204, set: { refresh: null, access: null } }
    },
    happen: async () => false,
  }
}
