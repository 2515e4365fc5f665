import type { Browser } from './browser.ts'
import type { Login } from './login.ts'
import { drawDelivery, drawReliableDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, type Cookies, type StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

const RETRY_DELAY = 5 * SECOND

const isConfirmed = (response: StackResponse): boolean =>
  isSuccess(response) || response.status === 401

/** Signs out with the current cookies, and repeats the request until a server confirms it. */
export function signOut(
  simulation: Simulation,
  random: Random,
  browser: Browser,
  login: Login,
): void {
  const { scheduler, stack } = simulation
  const { cookies } = browser.jar
  const request = async (server: number): Promise<StackResponse> => {
    const response = await stack.signOut({ cookies, server })
    if (isConfirmed(response)) login.signedOutAt ??= scheduler.now
    return response
  }
  const attempt = (): void => {
    let isOpen = true
    send(simulation, drawDelivery(simulation, random), request, (response) => {
      isOpen &&= !isConfirmed(response)
      if (!isOpen) browser.storeCookies(response, login, scheduler.now, scheduler.now)
    })
    scheduler.after(RETRY_DELAY, () => {
      if (isOpen && login.signedOutAt === null) attempt()
    })
  }
  attempt()
}

/** Signs out cookies that a late response has brought back, then calls `onDone`. */
export function signOutLeftovers(
  simulation: Simulation,
  random: Random,
  cookies: Cookies,
  onDone: () => void,
): void {
  const request = (server: number) => simulation.stack.signOut({ cookies, server })
  send(simulation, drawReliableDelivery(simulation, random), request, onDone)
}
