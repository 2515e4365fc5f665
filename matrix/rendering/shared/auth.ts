import { DatabaseSync } from 'node:sqlite'
import { createAuth, type Refusal } from 'latchkey'
import { routes } from 'latchkey/fetch'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { isPasswordOf } from '../../../examples/quickstart/users.ts'

const store = sqliteStore(
  new DatabaseSync(process.env.DATABASE ?? 'sessions.db', { timeout: 5000 }),
)
export const auth = createAuth({ secret: process.env.SECRET, store })
export type Visitor = Awaited<ReturnType<typeof auth.renewForRender>>

export const handleAuth = routes(auth, {
  base: '/auth',
  signIn: ({ username, password }) => (isPasswordOf(username, password) ? String(username) : null),
})

/** Where somebody goes who must sign in, or whose browser must renew, before the page `back`. */
export const wayIn = ({ code }: Refusal, back: string): string =>
  `${code === 'token_expired' ? '/renew' : '/sign-in'}?next=${encodeURIComponent(back)}`
