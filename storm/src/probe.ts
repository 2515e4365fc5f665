import type { Browser } from './browser.ts'
import type { Random } from './random.ts'
import type { Sitting } from './login.ts'
import type { Answer } from './stack.ts'
import { drawTrip, fairTrip, send } from './trip.ts'
import { SECOND, type World } from './world.ts'

/** A copy of the cookies that somebody made a moment before a sign-out: until when does it open anything? */
export function probe(
  world: World,
  random: Random,
  sitting: Sitting,
  { cookies, madeAt, life }: Browser['jar'],
): void {
  const ask = (delay: number, about: (server: number) => Promise<Answer>): void => {
    const trip = fairTrip(drawTrip(world, random))
    send(world, { ...trip, up: delay * SECOND }, about, () => {})
  }
  const uses = async (server: number): Promise<Answer> => {
    const answer = await world.stack.use({ cookies, server })
    world.ledger.uses(sitting, answer.status, madeAt, life, world.time.now)
    return answer
  }
  for (const delay of [0.1, 0.5, 1.5, 5, 11, 30, 120, 285]) ask(delay, uses)
  ask(14, async (server) => {
    const askedAt = world.time.now
    const answer = await world.stack.refresh({ cookies, server }, null)
    if (sitting.over !== null)
      world.ledger.ownerRefreshes(sitting, cookies, answer, askedAt, world.time.now)
    return answer
  })
}
