import type { Decision } from '../../src/core/session/decide.ts'
import type { Session } from '../../src/core/store.ts'
import type { Laws } from './laws.ts'
import { GRACE, TICK, WORN_OUT, type Exchange, type Row, type World } from './world.ts'

/** What must never happen. */
export type Breach =
  | 'somebody who did nothing wrong was signed out'
  | 'who was left behind was given tokens, outside the grace'
  | 'something was handed out after the end'
  | 'somebody holds a generation that the row has not reached'
  | 'the owner used an attempt that was copied once more'
  | 'an attempt that was copied is of use for ever'

/** Hand-outs, inside the grace, to whoever of the owner and the thief had been left behind: the case that stays open without a binding. */
export interface Tally {
  graceOfThief: number
  graceOfOwner: number
  ends: number
}

const NOW = Date.UTC(2026, 0, 1)

const sessionOf = ({ generation, attempt, used, age, ended }: Row): Session => ({
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  identity: 'ada',
  generation,
  attempt,
  used,
  issuedAt: NOW - age * TICK,
  createdAt: 0,
  idleEndsAt: Infinity,
  endsAt: Infinity,
  rotates: true,
  claims: {},
  device: {},
  end: ended ? { at: NOW, reason: 'reused', details: null } : null,
})

/** A server reads the row and decides. Where nothing is to be written, the answer is on its way at once. */
export function read(world: World, exchange: Exchange, laws: Laws, tally: Tally): Breach | null {
  const { row } = world
  const { token: generation, attempt, previous } = exchange
  const decision = laws.decide(sessionOf(row), { generation, attempt, previous }, NOW, {
    grace: GRACE * TICK,
  })
  if (decision.do === 'refuse') {
    world.exchanges = world.exchanges.filter((each) => each !== exchange)
    return null
  }
  const breach = judge(world, exchange, decision, tally)
  const from = row.generation
  if (decision.do === 'repeat' && !decision.restart) handOut(world, exchange, from)
  else {
    exchange.at = 'server'
    if (decision.do === 'reuse') exchange.write = { do: 'end', from, to: from, age: 0 }
    else if (decision.do === 'repeat') exchange.write = { do: 'restart', from, to: from, age: 0 }
    else exchange.write = { do: 'rotate', from, to: decision.to, age: 0 }
  }
  return breach
}

function judge(
  world: World,
  { by }: Exchange,
  decision: Exclude<Decision, { do: 'refuse' }>,
  tally: Tally,
): Breach | null {
  const { row, thief } = world
  if (row.ended)
    return decision.do === 'repeat' && !decision.restart
      ? 'something was handed out after the end'
      : null
  if (thief === null)
    return decision.do === 'reuse' ? 'somebody who did nothing wrong was signed out' : null
  if (thief.left !== by || decision.do === 'reuse') return null
  if (decision.do !== 'repeat' || decision.restart || row.age >= GRACE)
    return 'who was left behind was given tokens, outside the grace'
  // Given the successor, they are together again.
  thief.left = null
  tally[by === 'thief' ? 'graceOfThief' : 'graceOfOwner']++
  return null
}

/** The server writes what it decided, if the row is still what it compares with. Otherwise it reads again. */
export function write(world: World, exchange: Exchange, laws: Laws, tally: Tally): void {
  const { row } = world
  const { do: what, from, to, age } = exchange.write!
  exchange.write = null
  exchange.at = 'way'
  if (row.ended) return
  if (what === 'end') {
    world.row = { ...row, ended: true }
    world.exchanges = world.exchanges.filter((each) => each !== exchange)
    tally.ends++
    return
  }
  if (laws.compares !== 'nothing' && row.generation !== from) return
  if (laws.compares === 'handed out' && what === 'rotate' && to === from + 1 && row.age < GRACE)
    return
  if (world.losses > 0) world.past = [row, ...world.past].slice(0, 2)
  const issued = Math.min(age, GRACE)
  if (what === 'restart')
    world.row = { ...row, age: laws.neverOlder ? Math.min(row.age, issued) : issued }
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
  const shared = by === 'owner' ? holds(thief.attempts) : holds([...kept, ...sent])
  thief.left = shared ? null : by === 'owner' ? 'thief' : 'owner'
  if (shared && by === 'owner') thief.shared++
  if (thief.noted === WORN_OUT && holds(thief.attempts) && (by === 'owner' || holds(kept)))
    thief.clings = true
}

function handOut(world: World, exchange: Exchange, generation: number): void {
  exchange.at = 'back'
  exchange.answer = generation
  if (exchange.orphan) world.exchanges = world.exchanges.filter((each) => each !== exchange)
}

/** What must not be so in any world. A store that loses writes forgets what it has given. */
export function inspect({ row, browser, thief }: World, storeKeeps: boolean): Breach | null {
  if (storeKeeps && Math.max(browser.jar, thief?.token ?? 0) > row.generation)
    return 'somebody holds a generation that the row has not reached'
  if (thief === null) return null
  if (thief.shared > 1) return 'the owner used an attempt that was copied once more'
  return thief.clings ? 'an attempt that was copied is of use for ever' : null
}
