import type { Random } from './random.ts'
import { NO_ANSWER, type Answer } from './stack.ts'
import { SECOND, type World } from './world.ts'

/** What will become of one request, drawn before it leaves. */
export interface Trip {
  up: number
  down: number
  lost: 'request' | 'answer' | null
  /** Milliseconds after which the browser sends it again by itself; null where it does not. */
  again: number | null
  server: number
  otherServer: number
  /** Whether the browser keeps the cookies of an answer that its page has given up. */
  kept: boolean
}

/** Each way takes less than this: what is taken for granted is that a request does not outlive its client by much. */
const SLOWEST = 4.5 * SECOND

export function drawTrip({ options, stack }: World, random: Random): Trip {
  const way = () =>
    random.chance(options.slow) ? random.between(0.4 * SECOND, SLOWEST) : random.scale(5, 200)
  const [up, down, luck] = [way(), way(), random.share()]
  return {
    up,
    down,
    lost:
      luck < options.lostRequests
        ? 'request'
        : luck < options.lostRequests + options.lostAnswers
          ? 'answer'
          : null,
    again: random.chance(options.doubled) ? random.scale(1, 2 * SECOND) : null,
    server: random.below(stack.servers),
    otherServer: random.below(stack.servers),
    kept: random.chance(0.5),
  }
}

/** A network that loses nothing: a thief's, and that of whoever checks afterwards. */
export const fairTrip = (trip: Trip): Trip => ({ ...trip, lost: null, again: null })

/**
 * Sends a request. `ask` calls the stack at the moment when the request reaches a server; `arrived` hears of the answer when it reaches
 * the browser, if it does. Of a request that was sent twice both reach a server, and the second answer counts.
 */
export function send(
  { time }: World,
  trip: Trip,
  ask: (server: number) => Promise<Answer>,
  arrived: (answer: Answer) => void,
): void {
  if (trip.lost === 'request') return
  const reach = (server: number, isHeard: boolean) => async () => {
    const answer = await ask(server).catch(() => NO_ANSWER)
    if (isHeard && trip.lost === null) time.after(trip.down, () => arrived(answer))
  }
  time.after(trip.up, reach(trip.server, trip.again === null))
  if (trip.again !== null) time.after(trip.up + trip.again, reach(trip.otherServer, true))
}
