import type { Decision, RenderDecision } from '../../src/core/session/decide.ts'
import type { Session } from '../../src/core/store.ts'
import type { Design } from './protocol-designs.ts'
import {
  GRACE_TICKS,
  MAX_EXCHANGE_TICKS,
  TICK_MS,
  ATTEMPTS_UNTIL_STALE,
  type Exchange,
  type Row,
  type World,
} from './world.ts'

/** What must never happen. A side is left behind once the other one has rotated without it. */
export type Violation =
  | 'the owner was signed out without a theft'
  | 'tokens were issued to the side left behind, outside the grace'
  | 'tokens were issued after the session ended'
  | 'a refresh token is ahead of the row'
  | 'the owner rotated under a copied attempt more than once'
  | 'a copied attempt stays usable for ever'

/** Counts over all worlds. */
export interface Tally {
  /**
   * Tokens that were issued within the grace to the side left behind. Only tokens that are bound to
   * their client could prevent this.
   */
  thiefWithinGrace: number
  ownerWithinGrace: number
  /** Tokens for a request without an attempt, after a refresh without one that was the other side's. */
  withoutAttempt: number
  /** Sessions that ended because of a reused token. */
  ends: number
}

const NOW = Date.UTC(2026, 0, 1)

const sessionOf = ({ generation, attempt, used, age, ended }: Row): Session => ({
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  identity: 'ada',
  generation,
  attempt,
  used,
  issuedAt: NOW - age * TICK_MS,
  createdAt: 0,
  idleEndsAt: Infinity,
  endsAt: Infinity,
  rotates: true,
  claims: {},
  device: {},
  end: ended ? { at: NOW, reason: 'reused', details: null } : null,
})

const AT_ONCE = { age: 0, recovered: false }

/** A server reads the row and decides. If there is nothing to write, it responds at once. */
export function serverReads(
  world: World,
  exchange: Exchange,
  design: Design,
  tally: Tally,
): Violation | null {
  const { row } = world
  const decision = decideFor(row, exchange, design)
  const isLate = exchange.age > MAX_EXCHANGE_TICKS
  const isRefused = isLate && design.late === 'ends nothing' && decision.do === 'reuse'
  if (decision.do === 'refuse' || decision.do === 'leave' || isRefused) {
    world.exchanges = world.exchanges.filter((other) => other !== exchange)
    return null
  }
  const violation = judge(world, exchange, decision, tally)
  const from = row.generation
  if (decision.do === 'peek') respond(world, exchange, exchange.presented)
  else if (decision.do === 'repeat' && !decision.extend) respond(world, exchange, from)
  else {
    exchange.stage = 'server'
    if (decision.do === 'reuse') exchange.plannedWrite = { do: 'end', from, to: from, ...AT_ONCE }
    else if (decision.do === 'repeat')
      exchange.plannedWrite = { do: 'extend', from, to: from, ...AT_ONCE }
    else {
      const { to, recovered } = decision
      exchange.plannedWrite = { do: 'rotate', from, to, age: 0, recovered }
    }
  }
  return violation
}

function decideFor(
  row: Row,
  exchange: Exchange,
  { decide, decideForRender }: Design,
): RenderDecision | Decision {
  const { kind, presented: generation, attempt, previous } = exchange
  const policy = { grace: GRACE_TICKS * TICK_MS }
  return kind === 'render'
    ? decideForRender(sessionOf(row), generation, NOW, policy)
    : decide(sessionOf(row), { generation, attempt, previous }, NOW, policy)
}

/** A violation in a decision. Updates the tally. */
function judge(
  world: World,
  { by, attempt }: Exchange,
  decision: Exclude<Decision | RenderDecision, { do: 'refuse' | 'leave' }>,
  tally: Tally,
): Violation | null {
  const { row, thief, browser } = world
  if (row.ended)
    return decision.do === 'peek' || (decision.do === 'repeat' && !decision.extend)
      ? 'tokens were issued after the session ended'
      : null
  if (thief === null)
    return decision.do === 'reuse' ? 'the owner was signed out without a theft' : null
  if (thief.leftBehind !== by || decision.do === 'reuse') return null
  // It continues under an attempt of its own, and leaves the other side behind.
  if (decision.do === 'rotate' && attempt !== null) return null
  if (decision.do === 'peek' && row.age < GRACE_TICKS) {
    tally[by === 'thief' ? 'thiefWithinGrace' : 'ownerWithinGrace']++
    return null
  }
  // Without attempts nobody can tell a retry from a theft. The next refresh of the owner's client,
  // which has attempts, parts the two again.
  if (
    browser.record &&
    row.attempt === null &&
    attempt === null &&
    !row.used &&
    decision.do === 'repeat'
  ) {
    thief.leftBehind = null
    tally.withoutAttempt++
    return null
  }
  if (decision.do !== 'repeat' || row.age >= GRACE_TICKS)
    return 'tokens were issued to the side left behind, outside the grace'
  // It now has the current token, so both sides are together again.
  thief.leftBehind = null
  tally[by === 'thief' ? 'thiefWithinGrace' : 'ownerWithinGrace']++
  return null
}

/** The server writes its decision if the row is unchanged. Otherwise it reads the row again. */
export function serverWrites(world: World, exchange: Exchange, design: Design, tally: Tally): void {
  const { row } = world
  const { do: what, from, to, age, recovered } = exchange.plannedWrite!
  exchange.plannedWrite = null
  exchange.stage = 'way'
  if (row.ended) return
  if (what === 'end') {
    world.row = { ...row, ended: true }
    world.exchanges = world.exchanges.filter((other) => other !== exchange)
    tally.ends++
    return
  }
  if (design.rotateCompares !== 'nothing' && row.generation !== from) return
  if (
    design.rotateCompares === 'generation and issue time' &&
    what === 'rotate' &&
    !recovered &&
    row.age < GRACE_TICKS
  )
    return
  if (world.losses > 0) world.previousRows = [row, ...world.previousRows].slice(0, 2)
  const issued = Math.min(age, GRACE_TICKS)
  if (what === 'extend')
    world.row = { ...row, age: design.extendOnlyForward ? Math.min(row.age, issued) : issued }
  else {
    leaveBehind(world, exchange)
    world.row = {
      generation: to,
      attempt: exchange.attempt,
      used: false,
      age: issued,
      ended: false,
    }
  }
  respond(world, exchange, to)
}

/** A rotation leaves the other side behind, unless that side has the attempt of the rotation. */
function leaveBehind({ thief, browser, exchanges }: World, { by, attempt }: Exchange): void {
  if (thief === null) return
  const recorded = [browser.record?.pending, browser.record?.previous]
  const sent = exchanges
    .filter(({ by }) => by === 'owner')
    .flatMap(({ attempt, previous }) => [attempt, previous])
  const holds = (attempts: unknown[]): boolean => attempt !== null && attempts.includes(attempt)
  const shared = by === 'owner' ? holds(thief.copiedAttempts) : holds([...recorded, ...sent])
  thief.leftBehind = shared ? null : by === 'owner' ? 'thief' : 'owner'
  if (shared && by === 'owner') thief.ownerUsedCopied++
  if (
    thief.settledSinceCopy === ATTEMPTS_UNTIL_STALE &&
    holds(thief.copiedAttempts) &&
    (by === 'owner' || holds(recorded))
  )
    thief.copiedStillUsed = true
}

function respond(world: World, exchange: Exchange, generation: number): void {
  exchange.stage = 'back'
  exchange.response = generation
  if (exchange.orphaned) world.exchanges = world.exchanges.filter((other) => other !== exchange)
}

/** A violation in a world itself. If the store may lose writes, tokens can be ahead of the row. */
export function findViolation(
  { row, browser, thief }: World,
  storeIsDurable: boolean,
): Violation | null {
  if (storeIsDurable && Math.max(browser.jar, thief?.newestToken ?? 0) > row.generation)
    return 'a refresh token is ahead of the row'
  if (thief === null) return null
  if (thief.ownerUsedCopied > 1) return 'the owner rotated under a copied attempt more than once'
  return thief.copiedStillUsed ? 'a copied attempt stays usable for ever' : null
}
