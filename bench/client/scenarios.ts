/** What is measured of each client: one function for each column of the table. */
import type { Page } from 'playwright-core'
import type { Policy } from './server.ts'
import { callAll, START_DELAY, type CallResult, type Setup } from './tabs.ts'

/** Calls of each tab at the same moment. */
const CALLS = 50
/** Longer than the lifetime of an access token. Milliseconds, as below. */
const EXPIRY = 301_000
const TEN_MINUTES = 600_000
/** How long a call may take. Longer than the time limit of any library. */
const CALL_TIMEOUT = 15_000

/** The token expires in every tab, and all tabs send requests at the same moment. */
export async function expiry(
  setup: Setup,
  policy: Policy,
): Promise<{ refreshes: number; failed: number }> {
  setup.server.policy = policy
  await expireAccessToken(setup)
  const failed = failuresIn(await callAll(setup.tabs, CALLS))
  return { refreshes: setup.server.refreshes, failed }
}

/** The server has refreshed, and its response is lost. */
export async function lostResponse(setup: Setup, policy: Policy): Promise<string> {
  setup.server.policy = policy
  await expireAccessToken(setup)
  setup.server.nextRefresh = 'response-lost'
  await callOrGiveUp(setup.tabs[0]!)
  return failuresIn(await callAll(setup.tabs, 1)) === 0 ? 'kept' : '**lost**'
}

/** Counts credentials sent to other origins, and the refreshes that their 401 caused. */
export async function credentialsToOtherOrigins({
  otherOrigin,
  server,
  tabs,
}: Setup): Promise<string> {
  const { port } = new URL(otherOrigin.origin)
  // Another port, and another host.
  for (const origin of [otherOrigin.origin, `http://127.0.0.1:${port}`])
    await callAll(tabs, 1, `${origin}/api/orders`)
  const { refreshes } = server
  return `${otherOrigin.credentials}${refreshes > 0 ? `, ${refreshes} refreshes` : ''}`
}

/** The first refresh gets no response; later ones would. */
export async function stalledRefresh(setup: Setup): Promise<string> {
  await expireAccessToken(setup)
  setup.server.nextRefresh = 'stalls'
  const call = await callOrGiveUp(setup.tabs[0]!)
  if (call === null) return '**hangs**'
  const seconds = (call.took / 1000).toFixed(1)
  return `${call.result === 200 ? 'responded' : '**fails**'} after ${seconds} s`
}

/** The page's clock is fast, and the token is valid: no refresh is needed. */
export async function fastClock({ server, tabs }: Setup): Promise<string> {
  await tabs[0]!.evaluate((offset) => void (clockOffset.wall = offset), TEN_MINUTES)
  for (let index = 0; index < 20; index++) await callAll(tabs, 1)
  return String(server.refreshes)
}

/** The token has expired at the server, and the page's clock is slow: only the refusal shows it. */
export async function slowClock({ server, tabs }: Setup): Promise<string> {
  server.advance(EXPIRY)
  await tabs[0]!.evaluate((offset) => void (clockOffset.wall = offset), -TEN_MINUTES)
  let failed = 0
  for (let index = 0; index < 5; index++) failed += failuresIn(await callAll(tabs, 1))
  return String(failed)
}

/**
 * Microseconds that the library adds to a request, without the network: the best of sixty rounds
 * with the library, minus the best without it.
 */
export async function addedMicros({ tabs }: Setup): Promise<string> {
  const best = await tabs[0]!.evaluate(async () => {
    isNetworkBypassed = true
    const best = { plain: Infinity, call: Infinity }
    for (let round = 0; round < 60; round++) {
      for (const method of ['plain', 'call'] as const) {
        const start = performance.now()
        for (let index = 0; index < 200; index++) await peer[method]('/api/orders')
        best[method] = Math.min(best[method], (performance.now() - start) / 200)
      }
    }
    return best
  })
  return Math.max(0, (best.call - best.plain) * 1000).toFixed(0)
}

/** Moves the clocks of the server and of the tabs past the lifetime of the access token. */
async function expireAccessToken({ server, tabs }: Setup): Promise<void> {
  server.advance(EXPIRY)
  await Promise.all(
    tabs.map((tab) =>
      tab.evaluate((offset) => void (clockOffset = { wall: offset, monotonic: offset }), EXPIRY),
    ),
  )
}

const failuresIn = (results: CallResult[]): number =>
  results.filter((result) => result !== 200).length

/** Returns the result of one call and the milliseconds it took; null after `CALL_TIMEOUT`. */
async function callOrGiveUp(tab: Page): Promise<{ result: CallResult; took: number } | null> {
  const start = Date.now()
  const call = callAll([tab], 1).then(([result]) => ({
    result: result!,
    took: Date.now() - start - START_DELAY,
  }))
  return Promise.race([
    call,
    new Promise<null>((resolve) => setTimeout(() => resolve(null), CALL_TIMEOUT)),
  ])
}
