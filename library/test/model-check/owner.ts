import { attemptHeader, withAttempt, withResponse } from '../../src/client/internal/attempts.ts'
import type { Design } from './designs.ts'
import { copyWorld, ATTEMPTS_UNTIL_STALE, type Exchange, type World } from './world.ts'

export type Visit = (event: string, next: World) => void

/** How much can go on at once. */
export interface Concurrency {
  /** Exchanges that a page waits for. */
  tabs: number
  /** Requests that the browser sent again, or whose page is gone, beside them. */
  doubled: number
  /** A page may be stopped between writing its attempt and sending it. */
  pauses: boolean
}

/**
 * A page begins: it writes its attempt, and then the browser sends it with the cookie of that
 * moment.
 */
export function beginExchange(world: World, laws: Design, size: Concurrency, told: Visit): void {
  const mine = world.exchanges.filter(({ by }) => by === 'owner')
  if (
    mine.length >= size.tabs + size.doubled ||
    mine.filter(({ orphaned }) => !orphaned).length >= size.tabs
  )
    return
  const next = copyWorld(world)
  const { browser } = next
  let attempt: string | null = null
  let previous: string | null = null
  if (browser.record) {
    if (laws.adoptsCookieGeneration && browser.jar > browser.record.generation)
      note(next, browser.record.generation, browser.jar)
    browser.record = withAttempt(browser.record, () => `a${next.attemptCount++}`)
    const [now, before] = attemptHeader(browser.record).split(', ')
    attempt = now!
    previous = before ?? null
  }
  const exchange: Exchange = {
    by: 'owner',
    stage: size.pauses ? 'page' : 'way',
    orphaned: false,
    age: 0,
    presented: browser.jar,
    attempt,
    previous,
    recordedGeneration: browser.record?.generation ?? 0,
    plannedWrite: null,
    response: 0,
  }
  next.exchanges.push(exchange)
  told(`a tab begins ${describeExchange(exchange)}`, next)
}

function note({ browser, thief }: World, begunAt: number, generation: number): void {
  const before = browser.record!
  browser.record = withResponse(before, begunAt, { generation })
  if (thief && browser.record.previous !== before.previous)
    thief.settledSinceCopy = Math.min(thief.settledSinceCopy + 1, ATTEMPTS_UNTIL_STALE)
}

export const describeExchange = ({ presented, attempt, previous }: Exchange): string =>
  `[token ${presented}${attempt === null ? '' : `, attempt ${attempt}`}${previous === null ? '' : `, previous ${previous}`}]`

/** The browser sends what the page began. */
export function sendRequest(world: World, index: number, told: Visit): void {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  exchange.stage = 'way'
  exchange.presented = next.browser.jar
  told(`the browser sends ${describeExchange(exchange)}`, next)
}

/** The socket looked dead, so the browser sends the same request once more. */
export function duplicateRequest(
  world: World,
  index: number,
  size: Concurrency,
  told: Visit,
): void {
  if (
    world.exchanges.filter(({ by }) => by === 'owner').length >= size.tabs + size.doubled ||
    size.doubled === 0
  )
    return
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  next.exchanges.push({ ...exchange, orphaned: true })
  told(`the browser sends ${describeExchange(exchange)} twice`, next)
}

/** The answer reaches the browser: the cookie is set before any script knows. */
export function receiveResponse(world: World, index: number, laws: Design, told: Visit): void {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  const { browser } = next
  const same = laws.keepsUnchangedCookie && exchange.response === exchange.presented
  if (!same && exchange.response !== browser.jar) {
    browser.disk = [
      ...browser.disk.filter(({ generation }) => generation !== browser.jar),
      { generation: browser.jar, age: 0 },
    ]
    browser.jar = exchange.response
  }
  if (browser.record) exchange.stage = 'browser'
  else next.exchanges.splice(index, 1)
  told(`answer ${exchange.response} reaches the browser, for ${describeExchange(exchange)}`, next)
}

/** The page, which may have slept meanwhile, notes the answer. */
export function recordResponse(world: World, index: number, told: Visit): void {
  const next = copyWorld(world)
  const [exchange] = next.exchanges.splice(index, 1)
  note(next, exchange!.recordedGeneration, exchange!.response)
  told(`the page notes answer ${exchange!.response}`, next)
}

/**
 * The browser crashes, and comes back with a cookie from its disk. What it sent may still be under
 * way.
 */
export function crashBrowser(world: World, told: Visit): void {
  if (world.crashes === 0) return
  for (const generation of new Set([
    world.browser.jar,
    ...world.browser.disk.map((each) => each.generation),
  ])) {
    const next = copyWorld(world)
    next.browser.jar = generation
    next.browser.disk = []
    next.crashes--
    next.exchanges = next.exchanges.filter(
      ({ by, stage }) => by === 'thief' || stage === 'way' || stage === 'server',
    )
    for (const exchange of next.exchanges) exchange.orphaned ||= exchange.by === 'owner'
    told(`the browser crashes and comes back with token ${generation}`, next)
  }
}

/**
 * The client keeps no attempts, and a guard has seen an access token of the generation that the
 * browser holds.
 */
export function useAccessToken(world: World, told: Visit): void {
  if (world.row.attempt !== null || world.row.used || world.browser.jar !== world.row.generation)
    return
  const next = copyWorld(world)
  next.row = { ...next.row, used: true }
  told('a guard sees the access token', next)
}
