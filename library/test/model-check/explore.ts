import type { Design } from './designs.ts'
import { canonicalKey } from './canonical-state.ts'
import {
  receiveResponse,
  beginExchange,
  crashBrowser,
  duplicateRequest,
  describeExchange,
  recordResponse,
  sendRequest,
  useAccessToken,
  type Concurrency,
  type Visit,
} from './owner.ts'
import { findViolation, serverReads, serverWrites, type Violation, type Tally } from './server.ts'
import { thiefRefreshes, thiefReceives, steal, type Stolen } from './thief.ts'
import { copyWorld, advanceTime, initialWorld, type World } from './world.ts'

export interface SearchOptions extends Partial<Concurrency> {
  design: Design
  /** False: a client that keeps no attempts. */
  attempts?: boolean
  /** How often in one run the browser may crash and the store lose its last writes. */
  crashes?: number
  losses?: number
  thief?: Stolen
  /** False: other things happen between the thief's reading and writing too. */
  thiefIsAtomic?: boolean
  /**
   * What is taken for granted does not hold: the longest exchange is so many ticks; a page sleeps;
   * a store falls back within an exchange.
   */
  maxExchangeTicks?: number
  pagesSleep?: boolean
  abruptFailover?: boolean
  /** Worlds after which the search gives up and throws. */
  maxWorlds?: number
}

export interface SearchResult {
  worlds: number
  tally: Tally
  /** The shortest run that ends in a breach. */
  violation: { what: Violation; run: string[] } | null
}

/**
 * Visits every world that can be reached, nearest first, until something happens that must never
 * happen.
 */
export function explore(options: SearchOptions): SearchResult {
  const { maxWorlds = 1_000_000, losses = 0, ...rest } = options
  const start = initialWorld({ ...rest, losses })
  const seen = new Set([canonicalKey(start)])
  const steps: Step[] = [{ from: -1, event: 'somebody signs in' }]
  const tally: Tally = { thiefWithinGrace: 0, ownerWithinGrace: 0, ends: 0 }
  let edge = [{ world: start, step: 0 }]
  while (edge.length > 0) {
    const next: typeof edge = []
    for (const { world, step } of edge) {
      let last: Step = { from: step, event: '' }
      const what = goOn(world, rest, tally, (event, reached) => {
        last = { from: step, event }
        const name = canonicalKey(reached)
        if (seen.has(name)) return
        seen.add(name)
        steps.push(last)
        next.push({ world: reached, step: steps.length - 1 })
      })
      if (what !== null)
        return { worlds: seen.size, tally, violation: { what, run: runTo(steps, last) } }
      const wrong = findViolation(world, losses === 0)
      if (wrong !== null)
        return {
          worlds: seen.size,
          tally,
          violation: { what: wrong, run: runTo(steps, steps[step]!) },
        }
    }
    if (seen.size > maxWorlds) throw new Error(`more than ${maxWorlds} worlds`)
    edge = next
  }
  return { worlds: seen.size, tally, violation: null }
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
  options: Omit<SearchOptions, 'maxWorlds' | 'losses'>,
  tally: Tally,
  told: Visit,
): Violation | null {
  const {
    design,
    tabs = 1,
    doubled = 0,
    pauses = false,
    attempts = true,
    thief,
    thiefIsAtomic = true,
    maxExchangeTicks,
    pagesSleep,
    abruptFailover = false,
  } = options
  const size = { tabs, doubled, pauses }
  for (const [index, { stage, by }] of world.exchanges.entries()) {
    const breach =
      stage === 'way' || stage === 'server' ? serverGoesOn(world, index, design, tally, told) : null
    if (breach !== null) return breach
    if (by === 'owner') ownerGoesOn(world, index, design, size, told)
    else if (stage === 'back')
      change(world, 'the answer reaches the thief', told, (next) =>
        thiefReceives(next, next.exchanges[index]!),
      )
  }
  // After the end only what is under way still matters.
  if (world.row.ended) return null
  change(world, 'ten seconds pass', told, (next) => advanceTime(next, maxExchangeTicks, pagesSleep))
  beginExchange(world, design, size, told)
  crashBrowser(world, told)
  if (!attempts) useAccessToken(world, told)
  for (const [index] of world.losses > 0 ? world.previousRows.entries() : [])
    fallBack(world, index, abruptFailover, told)
  if (thief !== undefined && world.thief === null) steal(world, thief, told)
  return world.thief === null ? null : thiefRefreshes(world, design, thiefIsAtomic, tally, told)
}

function change(world: World, event: string, told: Visit, alter: (next: World) => void): void {
  const next = copyWorld(world)
  alter(next)
  told(event, next)
}

function serverGoesOn(
  world: World,
  index: number,
  laws: Design,
  tally: Tally,
  told: Visit,
): Violation | null {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  const name = `${exchange.by === 'thief' ? "the thief's " : ''}${describeExchange(exchange)}`
  const { stage, plannedWrite: planned } = exchange
  const breach =
    stage === 'way'
      ? serverReads(next, exchange, laws, tally)
      : (serverWrites(next, exchange, laws, tally), null)
  const outcome = exchange.plannedWrite?.do ?? `hands out ${exchange.response}`
  told(
    stage === 'way'
      ? `a server reads ${name}: ${outcome}`
      : `it writes its ${planned!.do} for ${name}`,
    next,
  )
  return breach
}

function ownerGoesOn(
  world: World,
  index: number,
  laws: Design,
  size: Concurrency,
  told: Visit,
): void {
  const exchange = world.exchanges[index]!
  change(
    world,
    `${describeExchange(exchange)} is lost: it was at "${exchange.stage}"`,
    told,
    (next) => void next.exchanges.splice(index, 1),
  )
  if (exchange.stage === 'page') sendRequest(world, index, told)
  if (exchange.stage === 'way') duplicateRequest(world, index, size, told)
  if (exchange.stage === 'back') receiveResponse(world, index, laws, told)
  if (exchange.stage === 'browser') recordResponse(world, index, told)
}

/**
 * The store comes back without its last writes. That takes longer than an exchange, unless it is
 * abrupt: whatever was under way is gone.
 */
function fallBack(world: World, index: number, abrupt: boolean, told: Visit): void {
  change(
    world,
    `the store falls back to generation ${world.previousRows[index]!.generation}`,
    told,
    (next) => {
      next.row = next.previousRows[index]!
      next.previousRows = next.previousRows.slice(index + 1)
      next.losses--
      next.exchanges = next.exchanges.filter(({ stage }) => abrupt || stage === 'browser')
    },
  )
}
