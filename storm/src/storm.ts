import { FaultInjector } from './faults.ts'
import { Ledger } from './ledger.ts'
import type { Login } from './login.ts'
import { readStormOptions, type StormOptions } from './options.ts'
import { Owner } from './owner.ts'
import { Random } from './random.ts'
import { Scheduler } from './scheduler.ts'
import type { Score } from './score.ts'
import type { Simulation } from './simulation.ts'
import { isSuccess, NO_RESPONSE, type MakeStack } from './sign-in-stack.ts'
import { DAY, SECOND } from './units.ts'

/**
 * Start of virtual time, in milliseconds since 1970. In the future, so that databases expire
 * nothing.
 */
const START = Date.UTC(2040, 0, 1)

/**
 * Access-token lifetimes for which the simulation continues after the storm, until thefts are
 * found.
 */
const LIFETIMES_AFTER_STORM = 6

/**
 * Simulates users, faults and thieves on a stack, until a number of refreshes has been sent, and
 * returns the score. The same seed and options make the same storm, as long as the stack responds
 * in the same way. Throws a `TypeError` for an unknown or invalid option.
 */
export async function runStorm(
  makeStack: MakeStack,
  overrides: Partial<StormOptions> = {},
): Promise<Score> {
  const options = readStormOptions(overrides)
  const started = performance.now()
  const scheduler = new Scheduler(options)
  const stack = await makeStack(options.pace === null ? () => START + scheduler.now : Date.now)
  const random = new Random(options.seed)
  const ledger = new Ledger(stack)
  const simulation = { options, scheduler, stack, ledger, running: true } as Simulation
  simulation.faults = new FaultInjector(simulation, random.fork())
  const owners = Array.from(
    { length: options.browsers },
    (_, index) => new Owner(simulation, random.fork(), `user ${index + 1}`),
  )
  await scheduler.runWhile(() => ledger.counts.refreshes < options.refreshes)
  simulation.running = false
  const end = scheduler.now + LIFETIMES_AFTER_STORM * stack.accessLifetime * SECOND
  await scheduler.runWhile(() => scheduler.now < end)
  for (const { login } of owners) if (login !== null) await closeLogin(login, simulation)
  return {
    stack: stack.name,
    seed: options.seed,
    ...ledger.counts,
    thefts: { token: ledger.theftScore('token'), profile: ledger.theftScore('profile') },
    days: scheduler.now / DAY,
    seconds: (performance.now() - started) / 1000,
  }
}

/** Refreshes with the newest token of each branch. If two succeed, the session has forked. */
async function closeLogin(login: Login, { stack, ledger }: Simulation): Promise<void> {
  let successes = 0
  if (login.theft === null && !login.refused)
    for (const token of login.branchTokens()) {
      const request = { cookies: { [stack.refreshCookie]: token }, server: 0 }
      const response = await stack.refresh(request, null).catch(() => NO_RESPONSE)
      if (isSuccess(response)) successes++
    }
  if (successes > 1) login.forked = true
  ledger.close(login)
}
