import type { Random } from './random.ts'
import type { Simulation } from './simulation.ts'
import { NO_RESPONSE, type StackResponse } from './sign-in-stack.ts'
import { SECOND } from './units.ts'

/** What the network does to one request, drawn before it is sent. Times in milliseconds. */
export interface Delivery {
  requestDelay: number
  responseDelay: number
  lost: 'request' | 'response' | null
  /** After this time the browser sends the request again by itself; null if it does not. */
  duplicateAfter: number | null
  server: number
  /** The server that receives the duplicate. */
  duplicateServer: number
  /** Whether the browser stores cookies of a response that the page has stopped waiting for. */
  storesLateCookies: boolean
}

/** The simulation assumes that no request outlives its client by much. */
const MAX_DELAY = 4.5 * SECOND

export function drawDelivery({ options, stack }: Simulation, random: Random): Delivery {
  const drawDelay = () =>
    random.chance(options.slow)
      ? random.between(0.4 * SECOND, MAX_DELAY)
      : random.logBetween(5, 200)
  const requestDelay = drawDelay()
  const responseDelay = drawDelay()
  const loss = random.fraction()
  return {
    requestDelay,
    responseDelay,
    lost:
      loss < options.lostRequests
        ? 'request'
        : loss < options.lostRequests + options.lostResponses
          ? 'response'
          : null,
    duplicateAfter: random.chance(options.duplicates) ? random.logBetween(1, 2 * SECOND) : null,
    server: random.integer(stack.servers),
    duplicateServer: random.integer(stack.servers),
    storesLateCookies: random.chance(0.5),
  }
}

/** A delivery without loss and duplicates: for thieves, and for requests that check the stack. */
export const drawReliableDelivery = (simulation: Simulation, random: Random): Delivery => ({
  ...drawDelivery(simulation, random),
  lost: null,
  duplicateAfter: null,
})

/**
 * Sends a request. `request` calls the stack when the request reaches a server; `onResponse` is
 * called when the response reaches the browser, if it does. A duplicated request reaches both
 * servers, and the browser gets the second response.
 */
export function send(
  { scheduler }: Simulation,
  delivery: Delivery,
  request: (server: number) => Promise<StackResponse>,
  onResponse: (response: StackResponse) => void,
): void {
  const { requestDelay, responseDelay, lost, duplicateAfter } = delivery
  if (lost === 'request') return
  const arrive = (server: number, isLast: boolean) => async () => {
    const response = await request(server).catch(() => NO_RESPONSE)
    if (isLast && lost === null) scheduler.after(responseDelay, () => onResponse(response))
  }
  scheduler.after(requestDelay, arrive(delivery.server, duplicateAfter === null))
  if (duplicateAfter !== null)
    scheduler.after(requestDelay + duplicateAfter, arrive(delivery.duplicateServer, true))
}
