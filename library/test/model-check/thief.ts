import type { Design } from './protocol-designs.ts'
import { describeExchange, type Visit } from './owner.ts'
import { serverReads, serverWrites, type Violation, type Tally } from './server.ts'
import { copyWorld, type Exchange, type Thief, type World } from './world.ts'

/**
 * What a thief copies, once: the refresh token, or the whole browser profile with the client's
 * record.
 */
export type Stolen = 'token' | 'profile'

/** The thief copies the refresh token, and the attempts if it copies the profile. */
export function steal(world: World, stolen: Stolen, visit: Visit): void {
  const next = copyWorld(world)
  const { jar, record } = next.browser
  const attempts =
    stolen === 'profile'
      ? [record?.pending, record?.previous].filter((attempt) => typeof attempt === 'string')
      : []
  next.thief = {
    copiedToken: jar,
    newestToken: jar,
    copiedAttempts: attempts,
    leftBehind: null,
    ownerUsedCopied: 0,
    settledSinceCopy: 0,
    copiedStillUsed: false,
  }
  visit(
    `a thief copies token ${jar}${attempts.map((attempt) => `, attempt ${attempt}`).join('')}`,
    next,
  )
}

/**
 * All requests that the thief can make: with the copied token or the newest one that it received;
 * with copied attempts, attempts of its own, or none; or by opening a page that is rendered.
 */
function requests(
  { copiedToken, newestToken, copiedAttempts }: Thief,
  opensPages: boolean,
): Exchange[] {
  const attempts: Array<[attempt: string | null, previous: string | null]> = [
    [null, null],
    ['theirs', null],
  ]
  for (const attempt of copiedAttempts) attempts.push(['theirs', attempt], [attempt, null])
  const request = {
    by: 'thief',
    stage: 'way',
    kind: 'client',
    orphaned: false,
    age: 0,
    recordedGeneration: 0,
    plannedWrite: null,
    response: 0,
  } as const
  return [...new Set([copiedToken, newestToken])].flatMap((presented) => [
    ...attempts.map(([attempt, previous]) => ({ ...request, presented, attempt, previous })),
    ...(opensPages
      ? [{ ...request, kind: 'render' as const, presented, attempt: null, previous: null }]
      : []),
  ])
}

/**
 * The thief refreshes. With `isAtomic`, nothing happens between the server's read and write, which
 * leaves far fewer worlds.
 */
export function thiefRefreshes(
  world: World,
  design: Design,
  isAtomic: boolean,
  opensPages: boolean,
  tally: Tally,
  visit: Visit,
): Violation | null {
  if (world.exchanges.some(({ by }) => by === 'thief')) return null
  for (const exchange of requests(world.thief!, opensPages)) {
    const next = copyWorld(world)
    next.exchanges.push(exchange)
    const violation = isAtomic ? respondAtOnce(next, exchange, design, tally) : null
    visit(`the thief refreshes with ${describeExchange(exchange)}`, next)
    if (violation !== null) return violation
  }
  return null
}

function respondAtOnce(
  world: World,
  exchange: Exchange,
  design: Design,
  tally: Tally,
): Violation | null {
  const violation = serverReads(world, exchange, design, tally)
  if (exchange.plannedWrite !== null) serverWrites(world, exchange, design, tally)
  if (exchange.stage === 'back') thiefReceives(world, exchange)
  return violation
}

/** The response reaches the thief. */
export function thiefReceives(world: World, exchange: Exchange): void {
  world.thief!.newestToken = Math.max(world.thief!.newestToken, exchange.response)
  world.exchanges = world.exchanges.filter((other) => other !== exchange)
}
