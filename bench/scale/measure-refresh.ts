import { createAuth, type SessionAuth, type Store } from 'latchkey'
// The package does not export the encoding of refresh tokens.
import { encodeRefreshToken } from '../../library/src/core/session/refresh-token.ts'
import { settingsOf } from '../../library/src/core/settings-of-auth.ts'
import { sessionId, STARTED_AT } from './numbered-session.ts'

export const ALONE = 200
export const CONCURRENT = 2000
export const AT_ONCE = 32

export interface Sample {
  /** Median wall time of a refresh without concurrency, in microseconds. */
  micros: number
  /** Refreshes per second with `AT_ONCE` concurrent callers. */
  rate: number
  /** CPU time of this process for each concurrent refresh, in microseconds. */
  cpu: number
}

/** Refreshes sessions that are spread over the whole table of `size` sessions. */
export async function measureRefresh(store: Store, size: number, round: number): Promise<Sample> {
  // Each round is a day later, so that every refresh rotates.
  const now = STARTED_AT + (round + 1) * 86_400_000
  const auth = createAuth({
    secret: 'a secret that only the benchmark knows, and long enough',
    store,
    now: () => now,
  })
  const tokens = await currentTokens(auth, store, size, round)
  const refresh = async (): Promise<void> => {
    const result = await auth.refresh(tokens.pop()!, {
      attempts: { attempt: 'A'.repeat(22), previous: null },
    })
    if (!result.ok) throw new Error(result.code)
  }
  const micros = await medianMicros(refresh)
  const concurrent = await concurrentCost(refresh)
  auth.close()
  return { micros, ...concurrent }
}

/** The current refresh tokens of as many sessions as one round needs. */
async function currentTokens(
  auth: SessionAuth,
  store: Store,
  size: number,
  round: number,
): Promise<string[]> {
  const key = settingsOf(auth).refreshKeys[0]!
  const tokens: string[] = []
  for (let number = round * 7919; tokens.length < ALONE + CONCURRENT; number += 611_953) {
    const { id, generation } = (await store.read(sessionId(number % size)))!
    tokens.push(encodeRefreshToken(key, id, generation))
  }
  return tokens
}

async function medianMicros(refresh: () => Promise<void>): Promise<number> {
  const micros: number[] = []
  for (let done = 0; done < ALONE; done++) {
    const start = performance.now()
    await refresh()
    micros.push(1000 * (performance.now() - start))
  }
  return micros.sort((a, b) => a - b)[micros.length >> 1]!
}

async function concurrentCost(
  refresh: () => Promise<void>,
): Promise<{ rate: number; cpu: number }> {
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let left = CONCURRENT
  const caller = async (): Promise<void> => {
    while (left-- > 0) await refresh()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
  const { user, system } = process.cpuUsage(cpu)
  return {
    rate: (1000 * CONCURRENT) / (performance.now() - start),
    cpu: (user + system) / CONCURRENT,
  }
}
