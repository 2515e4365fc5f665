import type { CookieJar } from './browser.ts'
import type { Login } from './login.ts'
import { drawReliableDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import type { StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

/** Seconds after a sign-out at which the copied access token is used. */
const USE_DELAYS = [0.1, 0.5, 1.5, 5, 11, 30, 120, 285]
/** Seconds after a sign-out at which the copied refresh token is used. */
const REFRESH_DELAY = 14

/**
 * Uses a copy of the cookies that was made just before a sign-out: for how long are they accepted?
 */
export function probeAfterSignOut(
  simulation: Simulation,
  random: Random,
  login: Login,
  { cookies, issuedAt, lifetime }: CookieJar,
): void {
  const { scheduler, stack, ledger } = simulation
  const sendAfter = (
    seconds: number,
    request: (server: number) => Promise<StackResponse>,
  ): void => {
    const delivery = drawReliableDelivery(simulation, random)
    send(simulation, { ...delivery, requestDelay: seconds * SECOND }, request, () => {})
  }
  const use = async (server: number): Promise<StackResponse> => {
    const response = await stack.use({ cookies, server })
    ledger.recordUse(login, response.status, issuedAt, lifetime, scheduler.now)
    return response
  }
  const refresh = async (server: number): Promise<StackResponse> => {
    const requestedAt = scheduler.now
    const response = await stack.refresh({ cookies, server }, null)
    const respondedAt = scheduler.now
    if (login.signedOutAt !== null)
      ledger.recordOwnerRefresh({ login, cookies, response, requestedAt, respondedAt })
    return response
  }
  for (const delay of USE_DELAYS) sendAfter(delay, use)
  sendAfter(REFRESH_DELAY, refresh)
}
