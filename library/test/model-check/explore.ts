import type { Laws } from './laws.ts'
import { nameOf } from './name.ts'
import {
  arrives,
  begins,
  crashes,
  doubles,
  nameExchange,
  notes,
  sends,
  uses,
  type Size,
  type Told,
} from './owner.ts'
import { inspect, read, write, type Breach, type Tally } from './server.ts'
import { asks, gets, steals, type Loot } from './thief.ts'
import { copy, tick, worldOf, type World } from './world.ts'

export interface Case extends Partial<Size> {
  laws: Laws
  /** False: a client that keeps no attempts. */
  attempts?: boolean
  /** How often in one run the browser may crash and the store lose its last writes. */
  crashes?: number
  losses?: number
  thief?: Loot
  /** False: other things happen between the thief's reading and writing too. */
  atOnce?: boolean
  /** What is taken for granted does not hold: the longest exchange is so many ticks; a page sleeps; a store falls back within an exchange. */
  longest?: number
  sleeps?: boolean
  abrupt?: boolean
  /** Worlds after which the search gives up and throws. */
  limit?: number
}

export interface Found {
  worlds: number
  tally: Tally
  /** The shortest run that ends in a breach. */
  breach: { what: Breach; run: string[] } | null
}

/** Visits every world that can be reached, nearest first, until something happens that must never happen. */
export function explore(options: Case): Found {
  const { limit = 1_000_000, losses = 0, ...rest } = options
  const start = worldOf({ ...rest, losses })
  const seen = new Set([nameOf(start)])
  const steps: Step[] = [{ from: -1, event: 'somebody signs in' }]
  const tally: Tally = { graceOfThief: 0, graceOfOwner: 0, ends: 0 }
  let edge = [{ world: start, step: 0 }]
  while (edge.length > 0) {
    const next: typeof edge = []
    for (const { world, step } of edge) {
      let last: Step = { from: step, event: '' }
      const what = goOn(world, rest, tally, (event, reached) => {
        last = { from: step, event }
        const name = nameOf(reached)
        if (seen.has(name)) return
        seen.add(name)
        steps.push(last)
        next.push({ world: reached, step: steps.length - 1 })
      })
      if (what !== null)
        return { worlds: seen.size, tally, breach: { what, run: runTo(steps, last) } }
      const wrong = inspect(world, losses === 0)
      if (wrong !== null)
        return {
          worlds: seen.size,
          tally,
          breach: { what: wrong, run: runTo(steps, steps[step]!) },
        }
    }
    if (seen.size > limit) throw new Error(`more than ${limit} worlds`)
    edge = next
  }
  return { worlds: seen.size, tally, breach: null }
}

interface Step {
  /** Index of the step before it. */
  from: number
  event: string
}

function runTo(steps: readonly Step[], last: Step): string[] {
  const run = [last.event]
  for (let step = steps[last.from]; step !== undefined; step = steps[step.from])
    run.unshift(step.event)
  return run
}

/** Tells every world that can come next. */
function goOn(
  world: World,
  options: Omit<Case, 'limit' | 'losses'>,
  tally: Tally,
  told: Told,
): Breach | null {
  const {
    laws,
    tabs = 1,
    doubled = 0,
    pauses = false,
    attempts = true,
    thief,
    atOnce = true,
    longest,
    sleeps,
    abrupt = false,
  } = options
  const size = { tabs, doubled, pauses }
  for (const [index, { at, by }] of world.exchanges.entries()) {
    const breach =
      at === 'way' || at === 'server' ? serverGoesOn(world, index, laws, tally, told) : null
    if (breach !== null) return breach
    if (by === 'owner') ownerGoesOn(world, index, laws, size, told)
    else if (at === 'back')
      change(world, 'the answer reaches the thief', told, (next) =>
        gets(next, next.exchanges[index]!),
      )
  }
  // After the end only what is under way still matters.
  if (world.row.ended) return null
  change(world, 'ten seconds pass', told, (next) => tick(next, longest, sleeps))
  begins(world, laws, size, told)
  crashes(world, told)
  if (!attempts) uses(world, told)
  for (const [index] of world.losses > 0 ? world.past.entries() : [])
    fallBack(world, index, abrupt, told)
  if (thief !== undefined && world.thief === null) steals(world, thief, told)
  return world.thief === null ? null : asks(world, laws, atOnce, tally, told)
}

function change(world: World, event: string, told: Told, alter: (next: World) => void): void {
  const next = copy(world)
  alter(next)
  told(event, next)
}

function serverGoesOn(
  world: World,
  index: number,
  laws: Laws,
  tally: Tally,
  told: Told,
): Breach | null {
  const next = copy(world)
  const exchange = next.exchanges[index]!
  const name = `${exchange.by === 'thief' ? "the thief's " : ''}${nameExchange(exchange)}`
  const { at, write: planned } = exchange
  const breach =
    at === 'way' ? read(next, exchange, laws, tally) : (write(next, exchange, laws, tally), null)
  const outcome = exchange.write?.do ?? `hands out ${exchange.answer}`
  told(
    at === 'way'
      ? `a server reads ${name}: ${outcome}`
      : `it writes its ${planned!.do} for ${name}`,
    next,
  )
  return breach
}

function ownerGoesOn(world: World, index: number, laws: Laws, size: Size, told: Told): void {
  const exchange = world.exchanges[index]!
  change(
    world,
    `${nameExchange(exchange)} is lost: it was at "${exchange.at}"`,
    told,
    (next) => void next.exchanges.splice(index, 1),
  )
  if (exchange.at === 'page') sends(world, index, told)
  if (exchange.at === 'way') doubles(world, index, size, told)
  if (exchange.at === 'back') arrives(world, index, laws, told)
  if (exchange.at === 'browser') notes(world, index, told)
}

/** The store comes back without its last writes. That takes longer than an exchange, unless it is abrupt: whatever was under way is gone. */
function fallBack(world: World, index: number, abrupt: boolean, told: Told): void {
  change(
    world,
    `the store falls back to generation ${world.past[index]!.generation}`,
    told,
    (next) => {
      next.row = next.past[index]!
      next.past = next.past.slice(index + 1)
      next.losses--
      next.exchanges = next.exchanges.filter(({ at }) => abrupt || at === 'browser')
    },
  )
}
