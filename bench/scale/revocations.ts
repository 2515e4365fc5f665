/**
 * Measures a check of an access token by the number of ended sessions that are remembered, and the
 * memory for each of them. Prints Markdown, from which docs/scale.md is written by hand:
 *
 *   node --expose-gc --conditions=latchkey-source bench/scale/revocations.ts
 */
import { setImmediate } from 'node:timers/promises'
import { createAuth, type RevocationListener, type SessionAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { sessionId } from './numbered-session.ts'

const COUNTS = [0, 1000, 10_000, 100_000, 1_000_000]
const ROUNDS = 7
const CHECKS = 20_000

interface Row {
  count: number
  auth: SessionAuth
  accessToken: string
  bytesEach: number
  /** Microseconds of one check, in each round. */
  micros: number[]
}

const rows: Row[] = []
for (const count of COUNTS) rows.push(await rowWith(count))
for (let round = 0; round < ROUNDS; round++)
  for (const row of rows) row.micros.push(await microsPerCheck(row))
console.log(
  '| ended sessions remembered | one check of a token, µs | bytes of memory each |\n|---|---|---|',
)
for (const { count, micros, bytesEach } of rows) {
  const median = micros.sort((a, b) => a - b)[ROUNDS >> 1]!
  // The memory of a few sessions is less than the noise.
  const bytes = count < 10_000 ? '' : Math.round(bytesEach)
  console.log(`| ${count.toLocaleString('en-US')} | ${median.toFixed(1)} | ${bytes} |`)
}
for (const { auth } of rows) auth.close()

/** Creates an auth object that remembers `count` ended sessions. */
async function rowWith(count: number): Promise<Row> {
  const store = memoryStore()
  let listener: RevocationListener | undefined
  const auth = createAuth({
    secret: 'a secret that only the benchmark knows, and long enough',
    store: { ...store, subscribe: (added) => ((listener = added), store.subscribe(added)) },
  })
  const { accessToken } = await auth.signIn('ada')
  await setImmediate()
  globalThis.gc!()
  const before = process.memoryUsage().heapUsed
  for (let number = 0; number < count; number++)
    listener!.ended({ sessionId: sessionId(number), at: Date.now() })
  globalThis.gc!()
  const bytesEach = (process.memoryUsage().heapUsed - before) / Math.max(1, count)
  return { count, auth, accessToken, bytesEach, micros: [] }
}

async function microsPerCheck({ auth, accessToken }: Row): Promise<number> {
  // If a poll of the store is due, it happens before the clock starts.
  await auth.checkToken(accessToken)
  await setImmediate()
  const start = performance.now()
  for (let check = 0; check < CHECKS; check++) {
    if (!(auth.checkToken(accessToken) as { ok: boolean }).ok) throw new Error('refused')
  }
  return (1000 * (performance.now() - start)) / CHECKS
}
