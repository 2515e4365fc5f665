/**
 * `npm run storm:peers -- --seed 1 --refreshes 10000`: the same storm on all stacks, as a Markdown
 * table.
 */
import { parseArgs } from 'node:util'
import { memoryStore } from 'latchkey/stores/memory'
import { latchkeyStack, runStorm, type Score, type StormOptions } from 'latchkey-storm'
import { fakeDate } from './fake-date.ts'
import { auth0 } from './models/auth0.ts'
import { betterAuthOAuth } from './models/better-auth-oauth.ts'
import { hydra } from './models/hydra.ts'
import { modelStack, type Model } from './models/model.ts'
import { supabase } from './models/supabase.ts'
import { supertokens } from './models/supertokens.ts'
import type { Peer } from './peer.ts'
import { BETTER_AUTH } from './products/better-auth.ts'
import { expressSession } from './products/express-session.ts'
import { fastifyJwtStateless } from './products/fastify-jwt.ts'
import { jsonwebtokenRotating, jsonwebtokenStateless } from './products/jsonwebtoken.ts'

/** Only faults that every product can have: no server is killed, and no database fails over. */
const OPTIONS: Partial<StormOptions> = { serverCrashes: 0, outages: 0, thefts: 0.01 }

const latchkey = (attempts: boolean): Peer & { attempts: boolean } => ({
  name: attempts ? '**Latchkey**' : '**Latchkey**, a client without attempts',
  settings: 'defaults; memory store',
  cost: '1 read, 1 write',
  attempts,
  make: (now) => latchkeyStack({ stores: [memoryStore()], now }),
})

const model = <Session extends { hasEnded?: boolean }>(
  definition: Model<Session>,
  cost = '1 read, 1 write',
): Peer => ({
  name: definition.name,
  settings: 'as its documentation says, see the model',
  cost,
  make: (now) => modelStack(definition, now),
})

const PEERS: Array<Peer & { attempts?: boolean }> = [
  latchkey(true),
  latchkey(false),
  jsonwebtokenStateless,
  fastifyJwtStateless,
  expressSession,
  ...BETTER_AUTH,
  jsonwebtokenRotating,
  model(betterAuthOAuth(0)),
  model(betterAuthOAuth(30)),
  model(supabase),
  model(supertokens),
  model(hydra(0)),
  model(hydra(30)),
  model(auth0(0)),
  model(auth0(30)),
]

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    refreshes: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
  },
})

async function run(peer: Peer & { attempts?: boolean }): Promise<Score> {
  let date = { restore: () => {} }
  try {
    return await runStorm((now) => ((date = fakeDate(now)), peer.make(now)), {
      ...OPTIONS,
      seed: Number(values.seed),
      refreshes: Number(values.refreshes),
      attempts: peer.attempts ?? true,
    })
  } finally {
    date.restore()
    await peer.stop?.()
  }
}

const COLUMNS: Array<[title: string, cell: (score: Score, peer: Peer) => string]> = [
  ['stack', (_score, { name }) => name],
  [
    'honest sign-outs',
    ({ honestSignOuts, signIns }) =>
      honestSignOuts === 0 ? '0' : `${honestSignOuts} of ${signIns} sign-ins`,
  ],
  ['forks', ({ forks }) => `${forks}`],
  [
    'thefts found',
    ({ thefts: { token, profile } }) =>
      `${token.found + profile.found} of ${token.judged + profile.judged}`,
  ],
  [
    'after, median / longest',
    ({ thefts: { token } }) =>
      token.found === 0
        ? '–'
        : `${token.medianDelay.toFixed(2)} / ${token.longestDelay.toFixed(2)}`,
  ],
  [
    'within the grace',
    ({ thefts: { token, profile } }) => `${token.withinGrace + profile.withinGrace}`,
  ],
  [
    'refreshed after a sign-out',
    ({ refreshedAfterSignOut, signOuts }) =>
      refreshedAfterSignOut === 0 ? '0' : `${refreshedAfterSignOut} (${signOuts} sign-outs)`,
  ],
  ['used after it, longest', ({ usedAfterSignOut }) => `${usedAfterSignOut.toFixed(0)} s`],
  ['store, each refresh', (_score, { cost }) => cost],
]

console.log(
  `| ${COLUMNS.map(([title]) => title).join(' | ')} |\n|${COLUMNS.map(() => '---').join('|')}|`,
)
for (const peer of PEERS.filter(({ name }) =>
  name.toLowerCase().includes(values.only.toLowerCase()),
)) {
  const score = await run(peer)
  console.log(`| ${COLUMNS.map(([, cell]) => cell(score, peer)).join(' | ')} |`)
}
