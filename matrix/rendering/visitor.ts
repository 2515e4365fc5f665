/** A person whose browser was closed overnight: her session is in the store and in her cookies. */
import { DatabaseSync } from 'node:sqlite'
import type { BrowserContext } from 'playwright-core'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'

export const TEN_HOURS = 36_000_000
const now = (): number => Date.now() - TEN_HOURS
export const SECRET = 'a secret that only the tests know, and long enough'

const cookie = (name: string, value: string) => ({
  name: `__Host-latchkey-${name}`,
  value,
  domain: 'localhost',
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'Lax' as const,
})

export function sessionsOf(file: string) {
  const database = new DatabaseSync(file, { timeout: 5000 })
  const store = sqliteStore(database)
  store.migrate()
  const auth = createAuth({ secret: SECRET, store })
  const yesterday = createAuth({ secret: SECRET, store, now })
  const expired = createAuth({ secret: SECRET, now })
  return {
    auth,
    /** Signs in ten hours ago: the access token has expired since. */
    async returning(context: BrowserContext): Promise<string> {
      const { accessToken, refreshToken, sessionId } = await yesterday.signIn('ada')
      await context.addCookies([cookie('access', accessToken), cookie('refresh', refreshToken)])
      return sessionId
    },
    /** The last renewal was ten hours ago. */
    age(sessionId: string): void {
      database
        .prepare('UPDATE latchkey_session SET issued_at = issued_at - ? WHERE id = ?')
        .run(TEN_HOURS, Buffer.from(sessionId, 'base64url'))
    },
    /** Ten hours pass: the access token in the cookies expires. */
    async wait(context: BrowserContext, sessionId: string): Promise<void> {
      this.age(sessionId)
      await context.addCookies([cookie('access', expired.createAccessToken('ada'))])
    },
    /** How often the session was renewed. */
    async generation(sessionId: string): Promise<number> {
      const { sessions } = await auth.sessions('ada')
      return sessions.find(({ id }) => id === sessionId)!.generation
    },
    close(): void {
      auth.close()
      yesterday.close()
      database.close()
    },
  }
}
