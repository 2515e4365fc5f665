import type { Decision } from '../../src/core/session/decide.ts'
import type { Session } from '../../src/core/store.ts'
import type { Design } from './designs.ts'
import {
  GRACE_TICKS,
  TICK_MS,
  ATTEMPTS_UNTIL_STALE,
  type Exchange,
  type Row,
  type World,
} from './world.ts'

/** What must never happen. */
export type Violation =
  | 'somebody who did nothing wrong was signed out'
  | 'who was left behind was given tokens, outside the grace'
  | 'something was handed out after the end'
  | 'somebody holds a generation that the row has not reached'
  | 'the owner used an attempt that was copied once more'
  | 'an attempt that was copied is of use for ever'

/**
 * Hand-outs, inside the grace, to whoever of the owner and the thief had been left behind: the case
 * that stays open without a binding.
 */
export interface Tally {
  thiefWithinGrace: number
  ownerWithinGrace: number
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

/**
 * A server reads the row and decides. Where nothing is to be written, the answer is on its way at
 * once.
 */
export function serverReads(
  world: World,
  exchange: Exchange,
  laws: Design,
  tally: Tally,
): Violation | null {
  const { row } = world
  const { presented: generation, attempt, previous } = exchange
  const decision = laws.decide(sessionOf(row), { generation, attempt, previous }, NOW, {
    grace: GRACE_TICKS * TICK_MS,
  })
  if (decision.do === 'refuse') {
    world.exchanges = world.exchanges.filter((each) => each !== exchange)
    return null
  }
  const breach = judge(world, exchange, decision, tally)
  const from = row.generation
  if (decision.do === 'repeat' && !decision.extend) handOut(world, exchange, from)
  else {
    exchange.stage = 'server'
    if (decision.do === 'reuse') exchange.plannedWrite = { do: 'end', from, to: from, age: 0 }
    else if (decision.do === 'repeat')
      exchange.plannedWrite = { do: 'extend', from, to: from, age: 0 }
    else exchange.plannedWrite = { do: 'rotate', from, to: decision.to, age: 0 }
  }
  return breach
}

function judge(
  world: World,
  { by }: Exchange,
  decision: Exclude<Decision, { do: 'refuse' }>,
  tally: Tally,
): Violation | null {
  const { row, thief } = world
  if (row.ended)
    return decision.do === 'repeat' && !decision.extend
      ? 'something was handed out after the end'
      : null
  if (thief === null)
    return decision.do === 'reuse' ? 'somebody who did nothing wrong was signed out' : null
  if (thief.leftBehind !== by || decision.do === 'reuse') return null
  if (decision.do !== 'repeat' || decision.extend || row.age >= GRACE_TICKS)
    return 'who was left behind was given tokens, outside the grace'
  // Given the successor, they are together again.
  thief.leftBehind = null
  tally[by === 'thief' ? 'thiefWithinGrace' : 'ownerWithinGrace']++
  return null
}

/**
 * The server writes what it decided, if the row is still what it compares with. Otherwise it reads
 * again.
 */
export function serverWrites(world: World, exchange: Exchange, laws: Design, tally: Tally): void {
  const { row } = world
  const { do: what, from, to, age } = exchange.plannedWrite!
  exchange.plannedWrite = null
  exchange.stage = 'way'
  if (row.ended) return
  if (what === 'end') {
    world.row = { ...row, ended: true }
    world.exchanges = world.exchanges.filter((each) => each !== exchange)
    tally.ends++
    return
  }
  if (laws.rotateCompares !== 'nothing' && row.generation !== from) return
  if (
    laws.rotateCompares === 'handed out' &&
    what === 'rotate' &&
    to === from + 1 &&
    row.age < GRACE_TICKS
  )
    return
  if (world.losses > 0) world.previousRows = [row, ...world.previousRows].slice(0, 2)
  const issued = Math.min(age, GRACE_TICKS)
  if (what === 'extend')
    world.row = { ...row, age: laws.extendOnlyForward ? Math.min(row.age, issued) : issued }
  else {
    part(world, exchange)
    world.row = {
      generation: to,
      attempt: exchange.attempt,
      used: false,
      age: issued,
      ended: false,
    }
  }
  handOut(world, exchange, to)
}

/** A rotation leaves behind whoever does not hold the attempt that it is made under. */
function part({ thief, browser, exchanges }: World, { by, attempt }: Exchange): void {
  if (thief === null) return
  const kept = [browser.record?.pending, browser.record?.previous]
  const sent = exchanges
    .filter((each) => each.by === 'owner')
    .flatMap((each) => [each.attempt, each.previous])
  const holds = (attempts: unknown[]): boolean => attempt !== null && attempts.includes(attempt)
  const shared = by === 'owner' ? holds(thief.copiedAttempts) : holds([...kept, ...sent])
  thief.leftBehind = shared ? null : by === 'owner' ? 'thief' : 'owner'
  if (shared && by === 'owner') thief.ownerUsedCopied++
  if (
    thief.settledSinceCopy === ATTEMPTS_UNTIL_STALE &&
    holds(thief.copiedAttempts) &&
    (by === 'owner' || holds(kept))
  )
    thief.copiedStillUsed = true
}

function handOut(world: World, exchange: Exchange, generation: number): void {
  exchange.stage = 'back'
  exchange.response = generation
  if (exchange.orphaned) world.exchanges = world.exchanges.filter((each) => each !== exchange)
}

/** What must not be so in any world. A store that loses writes forgets what it has given. */
export function findViolation(
  { row, browser, thief }: World,
  storeKeeps: boolean,
): Violation | null {
  if (storeKeeps && Math.max(browser.jar, thief?.newestToken ?? 0) > row.generation)
    return 'somebody holds a generation that the row has not reached'
  if (thief === null) return null
  if (thief.ownerUsedCopied > 1) return 'the owner used an attempt that was copied once more'
  return thief.copiedStillUsed ? 'an attempt that was copied is of use for ever' : null
}
