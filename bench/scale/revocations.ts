/**
 * Measures a check of an access token by the number of ended sessions, and their memory:
 *
 *   node --expose-gc --conditions=latchkey-source bench/scale/revocations.ts
 */
import { createAuth, type RevocationListener } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { sessionId } from './sessions.ts'

const COUNTS = [0, 1000, 10_000, 100_000, 1_000_000]
const ROUNDS = 7
const CHECKS = 20_000

declare const gc: () => void

const feeds: RevocationListener[] = []
const store = memoryStore()
const rows = []
for (const count of COUNTS) {
  const auth = createAuth({
    secret: 'a secret that only the benchmark knows, and long enough',
    store: { ...store, subscribe: (feed) => (feeds.push(feed), store.subscribe(feed)) },
  })
  const { accessToken } = await auth.signIn('ada')
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  const before = process.memoryUsage().heapUsed
  for (let number = 0; number < count; number++)
    feeds.at(-1)!.ended({ sessionId: sessionId(number), at: Date.now() })
  gc()
  rows.push({
    count,
    auth,
    accessToken,
    bytes: (process.memoryUsage().heapUsed - before) / Math.max(1, count),
    times: [] as number[],
  })
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { auth, accessToken, times } of rows) {
    // A poll that may be due is done before the clock starts.
    await auth.checkToken(accessToken)
    await new Promise((resolve) => setImmediate(resolve))
    const begun = performance.now()
    for (let check = 0; check < CHECKS; check++) {
      if (!(auth.checkToken(accessToken) as { ok: boolean }).ok) throw new Error('refused')
    }
    times.push((1000 * (performance.now() - begun)) / CHECKS)
  }
}
console.log(
  '| ended sessions remembered | one check of a token, µs | bytes of memory each |\n|---|---|---|',
)
for (const { count, times, bytes } of rows) {
  const [median] = times.sort((one, other) => one - other).slice(ROUNDS >> 1)
  console.log(
    `| ${count.toLocaleString('en-US')} | ${median!.toFixed(1)} | ` +
      `${count < 10_000 ? '' : Math.round(bytes)} |`,
  )
}
for (const { auth } of rows) auth.close()
