import type { Design } from './protocol-designs.ts'
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

/** Which design to search, and what may happen in its worlds. */
export interface SearchOptions extends Partial<Concurrency> {
  design: Design
  /** False: a client without attempts. */
  attempts?: boolean
  /** The client names an attempt at the sign-in. */
  signsInUnderAttempt?: boolean
  /** How often the browser may crash, and the store may lose its last writes, in one run. */
  crashes?: number
  losses?: number
  /** What a thief may copy, once, at any time. */
  thief?: Stolen
  /** False: other steps may happen between the read and the write of a thief's request. */
  thiefIsAtomic?: boolean
  // Each of these three breaks an assumption of the model.
  /** The longest exchange. The default is `MAX_EXCHANGE_TICKS`. */
  maxExchangeTicks?: number
  /** A page may sleep between recording an attempt and sending it. */
  pagesSleep?: boolean
  /** A server may read or write for a request long after the client has given up. */
  serversSleep?: boolean
  /** The store may fall back while requests are in progress. */
  abruptFailover?: boolean
  /** The search throws if there are more worlds than this. */
  maxWorlds?: number
}

export interface SearchResult {
  worlds: number
  tally: Tally
  /** The shortest run that ends in a violation: its events, in order. */
  violation: { what: Violation; run: string[] } | null
}

/** Visits every reachable world by breadth-first search, until it finds a violation. */
export function explore(options: SearchOptions): SearchResult {
  const { maxWorlds = 1_000_000, losses = 0, ...rest } = options
  const start = initialWorld({ ...rest, losses })
  const seen = new Set([canonicalKey(start)])
  const steps: Step[] = [{ from: -1, event: 'the owner signs in' }]
  const tally: Tally = { thiefWithinGrace: 0, ownerWithinGrace: 0, withoutAttempt: 0, ends: 0 }
  let frontier = [{ world: start, step: 0 }]
  while (frontier.length > 0) {
    const next: typeof frontier = []
    for (const { world, step } of frontier) {
      let last: Step = { from: step, event: '' }
      const what = visitSuccessors(world, rest, tally, (event, reached) => {
        last = { from: step, event }
        const key = canonicalKey(reached)
        if (seen.has(key)) return
        seen.add(key)
        steps.push(last)
        next.push({ world: reached, step: steps.length - 1 })
      })
      if (what !== null)
        return { worlds: seen.size, tally, violation: { what, run: runTo(steps, last) } }
      const found = findViolation(world, losses === 0)
      if (found !== null)
        return {
          worlds: seen.size,
          tally,
          violation: { what: found, run: runTo(steps, steps[step]!) },
        }
    }
    if (seen.size > maxWorlds) throw new Error(`more than ${maxWorlds} worlds`)
    frontier = next
  }
  return { worlds: seen.size, tally, violation: null }
}

interface Step {
  /** The index of the previous step. */
  from: number
  event: string
}

/** The events from the start to a step. */
function runTo(steps: readonly Step[], last: Step): string[] {
  const run = [last.event]
  for (let step = steps[last.from]; step !== undefined; step = steps[step.from])
    run.unshift(step.event)
  return run
}

/** Calls `visit` with every world that can follow. Returns a violation of a server's decision. */
function visitSuccessors(
  world: World,
  options: Omit<SearchOptions, 'maxWorlds' | 'losses'>,
  tally: Tally,
  visit: Visit,
): Violation | null {
  const {
    design,
    tabs = 1,
    doubled = 0,
    pauses = false,
    others = [],
    attempts = true,
    thief,
    thiefIsAtomic = true,
    maxExchangeTicks,
    pagesSleep,
    serversSleep,
    abruptFailover = false,
  } = options
  const concurrency = { tabs, doubled, pauses, others }
  for (const [index, { stage, by }] of world.exchanges.entries()) {
    const violation =
      stage === 'way' || stage === 'server' ? serverSteps(world, index, design, tally, visit) : null
    if (violation !== null) return violation
    if (by === 'owner') ownerSteps(world, index, design, concurrency, visit)
    else if (stage === 'back')
      visitChanged(world, 'the response reaches the thief', visit, (next) =>
        thiefReceives(next, next.exchanges[index]!),
      )
  }
  // After the session has ended, only exchanges in progress still matter.
  if (world.row.ended) return null
  visitChanged(world, 'ten seconds pass', visit, (next) =>
    advanceTime(next, { maxExchangeTicks, pagesSleep, serversSleep }),
  )
  beginExchange(world, design, concurrency, visit)
  crashBrowser(world, visit)
  if (!attempts || others.length > 0) useAccessToken(world, visit)
  for (const [index] of world.losses > 0 ? world.previousRows.entries() : [])
    fallBack(world, index, abruptFailover, visit)
  if (thief !== undefined && world.thief === null) steal(world, thief, visit)
  return world.thief === null
    ? null
    : thiefRefreshes(world, design, thiefIsAtomic, others.includes('render'), tally, visit)
}

function visitChanged(
  world: World,
  event: string,
  visit: Visit,
  change: (next: World) => void,
): void {
  const next = copyWorld(world)
  change(next)
  visit(event, next)
}

function serverSteps(
  world: World,
  index: number,
  design: Design,
  tally: Tally,
  visit: Visit,
): Violation | null {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  const name = `${exchange.by === 'thief' ? "the thief's " : ''}${describeExchange(exchange)}`
  const { stage, plannedWrite: planned } = exchange
  const violation =
    stage === 'way'
      ? serverReads(next, exchange, design, tally)
      : (serverWrites(next, exchange, design, tally), null)
  const outcome = exchange.plannedWrite?.do ?? `issues ${exchange.response}`
  visit(
    stage === 'way'
      ? `a server reads ${name}: ${outcome}`
      : `the server writes ${planned!.do} for ${name}`,
    next,
  )
  return violation
}

function ownerSteps(
  world: World,
  index: number,
  design: Design,
  concurrency: Concurrency,
  visit: Visit,
): void {
  const exchange = world.exchanges[index]!
  visitChanged(
    world,
    `${describeExchange(exchange)} is lost at "${exchange.stage}"`,
    visit,
    (next) => void next.exchanges.splice(index, 1),
  )
  if (exchange.stage === 'page') sendRequest(world, index, visit)
  if (exchange.stage === 'way') duplicateRequest(world, index, concurrency, visit)
  if (exchange.stage === 'back') receiveResponse(world, index, design, visit)
  if (exchange.stage === 'browser') recordResponse(world, index, visit)
}

/**
 * The store comes back without its last writes. Unless this is abrupt, it takes longer than an
 * exchange, so that no exchange is in progress afterwards.
 */
function fallBack(world: World, index: number, abrupt: boolean, visit: Visit): void {
  visitChanged(
    world,
    `the store falls back to generation ${world.previousRows[index]!.generation}`,
    visit,
    (next) => {
      next.row = next.previousRows[index]!
      next.previousRows = next.previousRows.slice(index + 1)
      next.losses--
      next.exchanges = next.exchanges.filter(({ stage }) => abrupt || stage === 'browser')
    },
  )
}
