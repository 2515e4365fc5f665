import { attemptHeader, withAttempt, withResponse } from '../../src/client/internal/attempts.ts'
import type { Laws } from './laws.ts'
import { copy, WORN_OUT, type Exchange, type World } from './world.ts'

export type Told = (event: string, next: World) => void

/** How much can go on at once. */
export interface Size {
  /** Exchanges that a page waits for. */
  tabs: number
  /** Requests that the browser sent again, or whose page is gone, beside them. */
  doubled: number
  /** A page may be stopped between writing its attempt and sending it. */
  pauses: boolean
}

/** A page begins: it writes its attempt, and then the browser sends it with the cookie of that moment. */
export function begins(world: World, laws: Laws, size: Size, told: Told): void {
  const mine = world.exchanges.filter(({ by }) => by === 'owner')
  if (
    mine.length >= size.tabs + size.doubled ||
    mine.filter(({ orphan }) => !orphan).length >= size.tabs
  )
    return
  const next = copy(world)
  const { browser } = next
  let attempt: string | null = null
  let previous: string | null = null
  if (browser.record) {
    if (laws.notesCookie && browser.jar > browser.record.generation)
      note(next, browser.record.generation, browser.jar)
    browser.record = withAttempt(browser.record, () => `a${next.named++}`)
    const [now, before] = attemptHeader(browser.record).split(', ')
    attempt = now!
    previous = before ?? null
  }
  const exchange: Exchange = {
    by: 'owner',
    at: size.pauses ? 'page' : 'way',
    orphan: false,
    age: 0,
    token: browser.jar,
    attempt,
    previous,
    begunAt: browser.record?.generation ?? 0,
    write: null,
    answer: 0,
  }
  next.exchanges.push(exchange)
  told(`a tab begins ${nameExchange(exchange)}`, next)
}

function note({ browser, thief }: World, begunAt: number, generation: number): void {
  const before = browser.record!
  browser.record = withResponse(before, begunAt, { generation })
  if (thief && browser.record.previous !== before.previous)
    thief.noted = Math.min(thief.noted + 1, WORN_OUT)
}

export const nameExchange = ({ token, attempt, previous }: Exchange): string =>
  `[token ${token}${attempt === null ? '' : `, attempt ${attempt}`}${previous === null ? '' : `, previous ${previous}`}]`

/** The browser sends what the page began. */
export function sends(world: World, index: number, told: Told): void {
  const next = copy(world)
  const exchange = next.exchanges[index]!
  exchange.at = 'way'
  exchange.token = next.browser.jar
  told(`the browser sends ${nameExchange(exchange)}`, next)
}

/** The socket looked dead, so the browser sends the same request once more. */
export function doubles(world: World, index: number, size: Size, told: Told): void {
  if (
    world.exchanges.filter(({ by }) => by === 'owner').length >= size.tabs + size.doubled ||
    size.doubled === 0
  )
    return
  const next = copy(world)
  const exchange = next.exchanges[index]!
  next.exchanges.push({ ...exchange, orphan: true })
  told(`the browser sends ${nameExchange(exchange)} twice`, next)
}

/** The answer reaches the browser: the cookie is set before any script knows. */
export function arrives(world: World, index: number, laws: Laws, told: Told): void {
  const next = copy(world)
  const exchange = next.exchanges[index]!
  const { browser } = next
  const same = laws.keepsCookie && exchange.answer === exchange.token
  if (!same && exchange.answer !== browser.jar) {
    browser.disk = [
      ...browser.disk.filter(({ generation }) => generation !== browser.jar),
      { generation: browser.jar, age: 0 },
    ]
    browser.jar = exchange.answer
  }
  if (browser.record) exchange.at = 'browser'
  else next.exchanges.splice(index, 1)
  told(`answer ${exchange.answer} reaches the browser, for ${nameExchange(exchange)}`, next)
}

/** The page, which may have slept meanwhile, notes the answer. */
export function notes(world: World, index: number, told: Told): void {
  const next = copy(world)
  const [exchange] = next.exchanges.splice(index, 1)
  note(next, exchange!.begunAt, exchange!.answer)
  told(`the page notes answer ${exchange!.answer}`, next)
}

/** The browser crashes, and comes back with a cookie from its disk. What it sent may still be under way. */
export function crashes(world: World, told: Told): void {
  if (world.crashes === 0) return
  for (const generation of new Set([
    world.browser.jar,
    ...world.browser.disk.map((each) => each.generation),
  ])) {
    const next = copy(world)
    next.browser.jar = generation
    next.browser.disk = []
    next.crashes--
    next.exchanges = next.exchanges.filter(
      ({ by, at }) => by === 'thief' || at === 'way' || at === 'server',
    )
    for (const exchange of next.exchanges) exchange.orphan ||= exchange.by === 'owner'
    told(`the browser crashes and comes back with token ${generation}`, next)
  }
}

/** The client keeps no attempts, and a guard has seen an access token of the generation that the browser holds. */
export function uses(world: World, told: Told): void {
  if (world.row.attempt !== null || world.row.used || world.browser.jar !== world.row.generation)
    return
  const next = copy(world)
  next.row = { ...next.row, used: true }
  told('a guard sees the access token', next)
}
