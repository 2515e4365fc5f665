import type { Design } from './designs.ts'
import { describeExchange, type Visit } from './owner.ts'
import { serverReads, serverWrites, type Violation, type Tally } from './server.ts'
import { copyWorld, type Exchange, type Thief, type World } from './world.ts'

/**
 * What is copied: the refresh token, or the whole of what lies on the disk. Once; what is made
 * later he never sees.
 */
export type Stolen = 'token' | 'profile'

export function steal(world: World, loot: Stolen, told: Visit): void {
  const next = copyWorld(world)
  const { jar, record } = next.browser
  const attempts =
    loot === 'profile'
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
  told(
    `a thief copies token ${jar}${attempts.map((attempt) => `, attempt ${attempt}`).join('')}`,
    next,
  )
}

/**
 * Everything that the thief can ask: with the token he copied or the newest he got, and with
 * attempts of his own, copied ones, or none.
 */
function requests({ copiedToken, newestToken, copiedAttempts }: Thief): Exchange[] {
  const shown: Array<[attempt: string | null, previous: string | null]> = [
    [null, null],
    ['his', null],
  ]
  for (const attempt of copiedAttempts) shown.push(['his', attempt], [attempt, null])
  const request = {
    by: 'thief',
    stage: 'way',
    orphaned: false,
    age: 0,
    recordedGeneration: 0,
    plannedWrite: null,
    response: 0,
  } as const
  return [...new Set([copiedToken, newestToken])].flatMap((presented) =>
    shown.map(([attempt, previous]) => ({ ...request, presented, attempt, previous })),
  )
}

/**
 * The thief asks. `atOnce`: between his reading and writing nothing else happens, which leaves far
 * fewer worlds.
 */
export function thiefRefreshes(
  world: World,
  laws: Design,
  atOnce: boolean,
  tally: Tally,
  told: Visit,
): Violation | null {
  if (world.exchanges.some(({ by }) => by === 'thief')) return null
  for (const exchange of requests(world.thief!)) {
    const next = copyWorld(world)
    next.exchanges.push(exchange)
    const breach = atOnce ? answerAtOnce(next, exchange, laws, tally) : null
    told(`the thief asks ${describeExchange(exchange)}`, next)
    if (breach !== null) return breach
  }
  return null
}

function answerAtOnce(
  world: World,
  exchange: Exchange,
  laws: Design,
  tally: Tally,
): Violation | null {
  const breach = serverReads(world, exchange, laws, tally)
  if (exchange.plannedWrite !== null) serverWrites(world, exchange, laws, tally)
  if (exchange.stage === 'back') thiefReceives(world, exchange)
  return breach
}

/** The answer reaches the thief. */
export function thiefReceives(world: World, exchange: Exchange): void {
  world.thief!.newestToken = Math.max(world.thief!.newestToken, exchange.response)
  world.exchanges = world.exchanges.filter((each) => each !== exchange)
}
