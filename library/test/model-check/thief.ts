import type { Laws } from './laws.ts'
import { nameExchange, type Told } from './owner.ts'
import { read, write, type Breach, type Tally } from './server.ts'
import { copy, type Exchange, type Thief, type World } from './world.ts'

/** What is copied: the refresh token, or the whole of what lies on the disk. Once; what is made later he never sees. */
export type Loot = 'token' | 'profile'

export function steals(world: World, loot: Loot, told: Told): void {
  const next = copy(world)
  const { jar, record } = next.browser
  const attempts =
    loot === 'profile'
      ? [record?.pending, record?.previous].filter((attempt) => typeof attempt === 'string')
      : []
  next.thief = { copied: jar, token: jar, attempts, left: null, shared: 0, noted: 0, clings: false }
  told(
    `a thief copies token ${jar}${attempts.map((attempt) => `, attempt ${attempt}`).join('')}`,
    next,
  )
}

/** Everything that the thief can ask: with the token he copied or the newest he got, and with attempts of his own, copied ones, or none. */
function requests({ copied, token, attempts }: Thief): Exchange[] {
  const shown: Array<[attempt: string | null, previous: string | null]> = [
    [null, null],
    ['his', null],
  ]
  for (const attempt of attempts) shown.push(['his', attempt], [attempt, null])
  const request = {
    by: 'thief',
    at: 'way',
    orphan: false,
    age: 0,
    begunAt: 0,
    write: null,
    answer: 0,
  } as const
  return [...new Set([copied, token])].flatMap((token) =>
    shown.map(([attempt, previous]) => ({ ...request, token, attempt, previous })),
  )
}

/** The thief asks. `atOnce`: between his reading and writing nothing else happens, which leaves far fewer worlds. */
export function asks(
  world: World,
  laws: Laws,
  atOnce: boolean,
  tally: Tally,
  told: Told,
): Breach | null {
  if (world.exchanges.some(({ by }) => by === 'thief')) return null
  for (const exchange of requests(world.thief!)) {
    const next = copy(world)
    next.exchanges.push(exchange)
    const breach = atOnce ? answerAtOnce(next, exchange, laws, tally) : null
    told(`the thief asks ${nameExchange(exchange)}`, next)
    if (breach !== null) return breach
  }
  return null
}

function answerAtOnce(world: World, exchange: Exchange, laws: Laws, tally: Tally): Breach | null {
  const breach = read(world, exchange, laws, tally)
  if (exchange.write !== null) write(world, exchange, laws, tally)
  if (exchange.at === 'back') gets(world, exchange)
  return breach
}

/** The answer reaches the thief. */
export function gets(world: World, exchange: Exchange): void {
  world.thief!.token = Math.max(world.thief!.token, exchange.answer)
  world.exchanges = world.exchanges.filter((each) => each !== exchange)
}
