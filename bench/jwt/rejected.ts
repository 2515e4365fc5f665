import { createHmac, randomBytes } from 'node:crypto'
import { memoryStore } from 'latchkey/stores/memory'
import type { Store } from 'latchkey'
import { tableOf, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { eachOnce } from './cases.ts'
import { sessionAuth, tokensOf } from './tokens.ts'

const COUNT = 3000

/** Changes a valid token into one that must be refused. `index` is its number in the round. */
type Spoil = (token: string, index: number) => string

/** Refusing a bad token must not cost more than accepting a good one. */
export async function rejected({ rounds }: { rounds: number }): Promise<Report> {
  const reads = { total: 0, ofRefused: 0 }
  const auth = sessionAuth({ store: countingStore(reads) })
  const hourLater = Date.now() + 3_600_000
  const authInAnHour = sessionAuth({ store: memoryStore(), now: () => hourLater })
  const { refreshToken } = await auth.signIn('ada')
  const kinds = kindsOfBadTokens(await tokensOf(auth, COUNT), refreshToken)
  let unseen: string[] = []
  const refusalCase = ([name, spoil]: [string, Spoil]): Case => ({
    name,
    count: COUNT,
    prepare() {
      const check = name === 'expired' ? authInAnHour.checkToken : auth.checkToken
      const tokens = unseen.map(spoil)
      return () => {
        const before = reads.total
        tokens.forEach((token) => expectRefused(check(token)))
        reads.ofRefused += reads.total - before
      }
    },
  })
  const measured = await measure(
    [
      eachOnce('accepted, first seen', COUNT, () => unseen, auth.checkToken),
      ...Object.entries(kinds).map(refusalCase),
    ],
    {
      rounds,
      async before() {
        unseen = await tokensOf(auth, COUNT)
      },
    },
  )
  return {
    title: 'Refuse a token',
    note:
      'Relative to an accepted token that is seen for the first time. "Expired" is checked by ' +
      'the clock of another process.',
    table: tableOf(measured),
    goals: [
      {
        name: 'the most expensive refusal, relative to an accepted token',
        value: Math.max(...measured.slice(1).map(({ ratio }) => ratio.median)),
        limit: 1.1,
        unit: ' ×',
      },
      { name: 'sessions read from the store for all of them', value: reads.ofRefused, limit: 0 },
    ],
  }
}

function countingStore(reads: { total: number }): Store {
  const memory = memoryStore()
  return { ...memory, read: (id) => (reads.total++, memory.read(id)) }
}

function kindsOfBadTokens(old: readonly string[], refreshToken: string): Record<string, Spoil> {
  return {
    'random text': () => randomBytes(200).toString('base64url'),
    'forged signature': (token) => `${signedPart(token)}.${randomBytes(32).toString('base64url')}`,
    'signed by another key': (token) => {
      const input = signedPart(token)
      return `${input}.${createHmac('sha256', 'another').update(input).digest('base64url')}`
    },
    expired: (_token, index) => old[index]!,
    'oversized, 1 MB': () => OVERSIZED,
    'a header of another shape': (token) => UNKNOWN_KID + token.slice(token.indexOf('.')),
    'a forged refresh token': () =>
      refreshToken.slice(0, 40) + randomBytes(27).toString('base64url'),
  }
}

/** The header and the payload: what the signature covers. */
const signedPart = (token: string): string => token.slice(0, token.lastIndexOf('.'))

const UNKNOWN_KID = Buffer.from('{"typ":"at+jwt","alg":"HS256","kid":"unknown"}').toString(
  'base64url',
)
const OVERSIZED = 'a'.repeat(500_000) + '.' + 'b'.repeat(400_000) + '.' + 'c'.repeat(100_000)

function expectRefused(checked: unknown): void {
  if ((checked as { ok?: unknown }).ok !== false)
    throw new Error('a bad token was accepted, or the result was a promise')
}
