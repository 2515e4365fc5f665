import { setImmediate } from 'node:timers/promises'
import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { figure, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { sessionAuth, SECRET, tokensOf } from '../jwt/tokens.ts'
import { expectAccepted } from '../jwt/cases.ts'

const COUNT = 1000

/** The cost of a check by the number of keys, claims, bytes and ended sessions. */
export async function verifyCurves({ rounds }: { rounds: number }): Promise<Report> {
  const rows: string[][] = []
  const growth: Array<[string, number]> = []
  for (const [name, sizes, caseOf] of CURVES) {
    const cases: Case[] = []
    for (const size of sizes) cases.push(await caseOf(size, rounds))
    const measured = await measure(cases, { rounds })
    rows.push(
      ...measured.map(({ micros }, at) => [
        at === 0 ? name : '',
        sizes[at]!.toLocaleString('en-US'),
        figure(micros.median),
        `${figure(measured[at]!.ratio.median)} ×`,
      ]),
    )
    growth.push([name, measured.at(-1)!.ratio.median])
  }
  return {
    title: 'How the cost of a check grows',
    note:
      'CPU of one check of an access token that is seen for the first time, relative to the ' +
      'first row of its group.',
    table: { head: ['with', 'count', 'CPU µs', 'relative to the first'], rows },
    goals: [
      { name: '64 keys, relative to 1', value: growth[0]![1], limit: 2, unit: ' ×' },
      {
        name: 'a million ended sessions in memory, relative to none',
        value: growth.at(-1)![1],
        limit: 2,
        unit: ' ×',
      },
    ],
  }
}

const CURVES: Array<
  [name: string, sizes: number[], caseOf: (size: number, rounds: number) => Promise<Case>]
> = [
  ['keys that are accepted', [1, 4, 16, 64], withKeys],
  ['claims of the application', [0, 8, 32, 128], withClaims],
  ['bytes in one claim', [0, 256, 1024, 4096], withBytes],
  [
    'sessions that ended within an access token’s life',
    [0, 1000, 100_000, 1_000_000],
    withEndedSessions,
  ],
]

async function withKeys(size: number, rounds: number): Promise<Case> {
  const secrets = Array.from({ length: size }, (_, at) => `${SECRET} ${at}`)
  const signer = createAuth({ secret: secrets.at(-1)!, store: memoryStore() })
  return caseFor(
    String(size),
    createAuth({ secret: secrets, store: memoryStore() }),
    await tokensByRound(rounds, () => tokensOf(signer, COUNT)),
  )
}

async function withClaims(size: number, rounds: number): Promise<Case> {
  const claims = Object.fromEntries(
    Array.from({ length: size }, (_, at) => [`claim${at}`, `value ${at}`]),
  )
  return caseFor(String(size), sessionAuth(), await tokensByRound(rounds, () => tokensWith(claims)))
}

async function withBytes(size: number, rounds: number): Promise<Case> {
  return caseFor(
    String(size),
    sessionAuth(),
    await tokensByRound(rounds, () => tokensWith({ text: 'x'.repeat(size) })),
  )
}

async function withEndedSessions(size: number, rounds: number): Promise<Case> {
  const store = memoryStore()
  const now = Date.now()
  const ended = Array.from({ length: size }, (_, at) => ({
    sessionId: `an ended session ${at}`,
    at: now,
  }))
  const auth = sessionAuth({ store: { ...store, endedSince: () => ended } })
  return caseFor(
    String(size),
    auth,
    await tokensByRound(rounds, () => tokensOf(sessionAuth(), COUNT)),
  )
}

/** Returns distinct tokens with these claims. */
async function tokensWith(claims: Record<string, unknown>): Promise<string[]> {
  const { refreshToken } = await SIGNER.signIn('5f1c8e0a-ada', { claims })
  const tokens: string[] = []
  for (let made = 0; made < COUNT; made++) {
    const refreshed = await SIGNER.refresh(refreshToken)
    if (refreshed.ok) tokens.push(refreshed.tokens.accessToken)
  }
  return tokens
}

const SIGNER = sessionAuth()

/** Returns tokens for each round, and for the two warm-up rounds. */
async function tokensByRound(rounds: number, create: () => Promise<string[]>): Promise<string[][]> {
  const all: string[][] = []
  for (let made = 0; made < rounds + 2; made++) all.push(await create())
  return all
}

async function caseFor(
  name: string,
  auth: ReturnType<typeof sessionAuth>,
  tokensOfRounds: string[][],
): Promise<Case> {
  // The first check reads the list of ended sessions from the store, and returns a promise.
  await auth.checkToken(tokensOfRounds[0]![0]!)
  await setImmediate()
  let round = 0
  return {
    name,
    count: COUNT,
    prepare() {
      const tokens = tokensOfRounds[round++ % tokensOfRounds.length]!
      return () => tokens.forEach((token) => expectAccepted(auth.checkToken(token)))
    },
  }
}
