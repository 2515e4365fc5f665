import { drawDelivery, send } from './network.ts'
import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, type StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

/** After this time a request has arrived or never will. */
export const SETTLE_TIME = 15 * SECOND

/**
 * Signs in. Calls `onSuccess` with the response and the time at which it was requested, or
 * `onFailure` if there is no success in time.
 */
export function signIn(
  simulation: Simulation,
  random: Random,
  identity: string,
  onSuccess: (response: StackResponse, requestedAt: number) => void,
  onFailure: () => void,
): void {
  const { scheduler, stack } = simulation
  let requestedAt = 0
  let isOpen = true
  const request = (server: number): Promise<StackResponse> => {
    requestedAt = scheduler.now
    return stack.signIn(identity, server)
  }
  const delivery = { ...drawDelivery(simulation, random), duplicateAfter: null }
  send(simulation, delivery, request, (response) => {
    if (!isOpen || !isSuccess(response)) return
    isOpen = false
    onSuccess(response, requestedAt)
  })
  scheduler.after(SETTLE_TIME, () => {
    if (isOpen) onFailure()
    isOpen = false
  })
}
