/** One of several processes on a SQLite file: counts its refreshes for one second per message. */
import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { SECRET } from '../jwt/tokens.ts'

let now = Date.now()
const store = sqliteStore(new DatabaseSync(process.argv[2]!, { timeout: 5000 }))
const auth = createAuth({
  secret: SECRET,
  store,
  now: () => now,
  idleLifetime: 365 * 86_400,
  absoluteLifetime: 365 * 86_400,
})
let { refreshToken } = await auth.signIn(`person ${process.argv[3]}`)

process.on('message', async () => {
  const until = performance.now() + 1000
  let done = 0
  while (performance.now() < until) {
    now += 31_000
    const refreshed = await auth.refresh(refreshToken)
    if (!refreshed.ok) throw new Error(refreshed.code)
    refreshToken = refreshed.tokens.refreshToken
    done++
  }
  process.send!(done)
})
