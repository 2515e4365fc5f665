import {
  attemptHeader,
  withAttempt,
  withResponse,
} from '../../src/client/internal/refresh-attempts.ts'
import type { Design } from './protocol-designs.ts'
import { copyWorld, ATTEMPTS_UNTIL_STALE, type Exchange, type World } from './world.ts'

/** Receives a world that can follow, and what happens on the way to it. */
export type Visit = (event: string, next: World) => void

/** How much may happen at the same time. */
export interface Concurrency {
  /** Exchanges whose response a page waits for. */
  tabs: number
  /** Further exchanges: sent twice by the browser, or left behind by a closed page. */
  doubled: number
  /** Kinds of exchanges that share the session with the client. */
  others?: Array<'plain' | 'render'>
  /** A page may be suspended between recording an attempt and sending it. */
  pauses: boolean
}

/** A page begins a refresh: it records an attempt. The browser sends it with its current cookie. */
export function beginExchange(
  world: World,
  design: Design,
  concurrency: Concurrency,
  visit: Visit,
): void {
  const ownExchanges = world.exchanges.filter(({ by }) => by === 'owner')
  if (
    ownExchanges.length >= concurrency.tabs + concurrency.doubled ||
    ownExchanges.filter(({ orphaned }) => !orphaned).length >= concurrency.tabs
  )
    return
  for (const kind of ['client', ...(concurrency.others ?? [])] as const)
    beginOne(world, kind, design, concurrency, visit)
}

function beginOne(
  world: World,
  kind: Exchange['kind'],
  design: Design,
  concurrency: Concurrency,
  visit: Visit,
): void {
  const next = copyWorld(world)
  const { browser } = next
  let attempt: string | null = null
  let previous: string | null = null
  if (browser.record && kind === 'client') {
    if (design.adoptsCookieGeneration && browser.jar > browser.record.generation)
      settle(next, browser.record.generation, browser.jar)
    browser.record = withAttempt(browser.record, () => `a${next.attemptCount++}`)
    const [first, second] = attemptHeader(browser.record).split(', ')
    attempt = first!
    previous = second ?? null
  }
  const exchange: Exchange = {
    by: 'owner',
    kind,
    stage: concurrency.pauses && kind === 'client' ? 'page' : 'way',
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
  const who = { client: 'a tab', plain: 'a plain client', render: 'a page view' }[kind]
  visit(`${who} begins ${describeExchange(exchange)}`, next)
}

/** The client's record after a response of a generation. */
function settle({ browser, thief }: World, recordedGeneration: number, generation: number): void {
  const before = browser.record!
  browser.record = withResponse(before, recordedGeneration, { generation })
  if (thief && browser.record.previous !== before.previous)
    thief.settledSinceCopy = Math.min(thief.settledSinceCopy + 1, ATTEMPTS_UNTIL_STALE)
}

export const describeExchange = ({ presented, attempt, previous }: Exchange): string =>
  `[token ${presented}` +
  (attempt === null ? '' : `, attempt ${attempt}`) +
  (previous === null ? '' : `, previous ${previous}`) +
  ']'

/** The browser sends the request of a page, with its current cookie. */
export function sendRequest(world: World, index: number, visit: Visit): void {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  exchange.stage = 'way'
  exchange.presented = next.browser.jar
  visit(`the browser sends ${describeExchange(exchange)}`, next)
}

/** The connection seemed to be lost, so the browser sends the same request again. */
export function duplicateRequest(
  world: World,
  index: number,
  concurrency: Concurrency,
  visit: Visit,
): void {
  if (
    world.exchanges.filter(({ by }) => by === 'owner').length >=
      concurrency.tabs + concurrency.doubled ||
    concurrency.doubled === 0
  )
    return
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  next.exchanges.push({ ...exchange, orphaned: true })
  visit(`the browser sends ${describeExchange(exchange)} twice`, next)
}

/** The response reaches the browser, which sets the cookie before the page sees the response. */
export function receiveResponse(world: World, index: number, design: Design, visit: Visit): void {
  const next = copyWorld(world)
  const exchange = next.exchanges[index]!
  const { browser } = next
  const isUnchanged = design.keepsUnchangedCookie && exchange.response === exchange.presented
  if (!isUnchanged && exchange.response !== browser.jar) {
    browser.disk = [
      ...browser.disk.filter(({ generation }) => generation !== browser.jar),
      { generation: browser.jar, age: 0 },
    ]
    browser.jar = exchange.response
  }
  if (browser.record && exchange.kind === 'client') exchange.stage = 'browser'
  else next.exchanges.splice(index, 1)
  visit(
    `response ${exchange.response} reaches the browser, for ${describeExchange(exchange)}`,
    next,
  )
}

/** The page records the response. It may have been suspended meanwhile. */
export function recordResponse(world: World, index: number, visit: Visit): void {
  const next = copyWorld(world)
  const [exchange] = next.exchanges.splice(index, 1)
  settle(next, exchange!.recordedGeneration, exchange!.response)
  visit(`the page records response ${exchange!.response}`, next)
}

/**
 * The browser crashes and restarts with a cookie from its disk. Requests that it sent may still be
 * in progress.
 */
export function crashBrowser(world: World, visit: Visit): void {
  if (world.crashes === 0) return
  for (const generation of new Set([
    world.browser.jar,
    ...world.browser.disk.map(({ generation }) => generation),
  ])) {
    const next = copyWorld(world)
    next.browser.jar = generation
    next.browser.disk = []
    next.crashes--
    next.exchanges = next.exchanges.filter(
      ({ by, stage }) => by === 'thief' || stage === 'way' || stage === 'server',
    )
    for (const exchange of next.exchanges) exchange.orphaned ||= exchange.by === 'owner'
    visit(`the browser crashes and restarts with token ${generation}`, next)
  }
}

/** Without attempts: a guard records that an access token of the browser's generation was used. */
export function useAccessToken(world: World, visit: Visit): void {
  if (world.row.attempt !== null || world.row.used || world.browser.jar !== world.row.generation)
    return
  const next = copyWorld(world)
  next.row = { ...next.row, used: true }
  visit('a guard records the use of the access token', next)
}
