import { Ledger } from './ledger.ts'
import { readStormOptions, type StormOptions } from './options.ts'
import { Owner } from './owner.ts'
import { Random } from './random.ts'
import type { Score } from './score.ts'
import type { Sitting } from './login.ts'
import { isGiven, NO_ANSWER, type MakeStack } from './stack.ts'
import { Time } from './time.ts'
import { Weather } from './faults.ts'
import { HOUR, SECOND, type World } from './world.ts'

/** Virtual time begins here: milliseconds since 1970. In the future, so that no engine thinks that it is over. */
const START = Date.UTC(2040, 0, 1)

/** Lifetimes of an access token that everybody is given, when the storm has calmed down, to be found, or to find. */
const CALM = 6

/**
 * Lets a storm blow over a sign-in stack, until so many refreshes have been asked for, and tells what came of it.
 * The same seed and options make the same storm, wherever the stack's own answers are the same.
 */
export async function storm(
  makeStack: MakeStack,
  given: Partial<StormOptions> = {},
): Promise<Score> {
  const options = readStormOptions(given)
  const started = performance.now()
  const time = new Time(options)
  const stack = await makeStack(options.pace === null ? () => START + time.now : Date.now)
  const random = new Random(options.seed)
  const ledger = new Ledger(stack)
  const world = { options, time, stack, ledger, blowing: true } as World
  world.weather = new Weather(world, random.fork())
  const owners = Array.from(
    { length: options.browsers },
    (_, index) => new Owner(world, random.fork(), `person ${index + 1}`),
  )
  await time.run(() => ledger.counts.refreshes < options.refreshes)
  world.blowing = false
  const end = time.now + CALM * stack.accessLifetime * SECOND
  await time.run(() => time.now < end)
  for (const { sitting } of owners) if (sitting !== null) await audit(sitting, world)
  const days = time.now / (24 * HOUR)
  const thefts = { token: ledger.thefts('token'), profile: ledger.thefts('profile') }
  return {
    stack: stack.name,
    seed: options.seed,
    ...ledger.counts,
    thefts,
    days,
    took: (performance.now() - started) / 1000,
  }
}

/** Asks with the end of every branch of a sign-in that nobody else holds: two that are given tokens are a fork. */
async function audit(sitting: Sitting, { stack, ledger }: World): Promise<void> {
  let given = 0
  if (sitting.theft === null && !sitting.ended) {
    for (const token of sitting.leaves()) {
      const answer = await stack
        .refresh({ cookies: { [stack.refreshCookie]: token }, server: 0 }, null)
        .catch(() => NO_ANSWER)
      if (isGiven(answer)) given++
    }
  }
  if (given > 1) ledger.forked(sitting)
  ledger.closes(sitting)
}
