import { createHmac, randomBytes } from 'node:crypto'
import { memoryStore } from 'latchkey/stores/memory'
import type { Store } from 'latchkey'
import { tableOf, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { again, guarded, tokensOf } from './auths.ts'

const COUNT = 3000

/** Refusing a bad token must not cost more than accepting a good one. */
export async function rejected({ rounds }: { rounds: number }): Promise<Report> {
  const memory = memoryStore()
  let reads = 0
  const store: Store = { ...memory, read: (id) => (reads++, memory.read(id)) }
  const now = Date.now()
  const auth = guarded({ store })
  let readsOfRefused = 0
  let unseen: string[] = []
  const old = await tokensOf(auth, COUNT)
  const { refreshToken } = await auth.signIn('ada')
  const late = guarded({ store: memoryStore(), now: () => now + 3_600_000 })
  const refused = (
    name: string,
    spoil: (token: string, at: number) => string,
    check = auth.checkToken,
  ): Case => ({
    name,
    count: COUNT,
    prepare() {
      const tokens = unseen.map(spoil)
      return () => {
        const before = reads
        tokens.forEach((token) => isRefused(check(token)))
        readsOfRefused += reads - before
      }
    },
  })
  const measured = await measure(
    [
      {
        name: 'accepted, first seen',
        count: COUNT,
        prepare() {
          const tokens = again(unseen)
          return () => tokens.forEach((token) => void auth.checkToken(token))
        },
      },
      refused('random text', () => randomBytes(200).toString('base64url')),
      refused(
        'forged signature',
        (token) =>
          token.slice(0, token.lastIndexOf('.') + 1) + randomBytes(32).toString('base64url'),
      ),
      refused('signed by another key', (token) => {
        const input = token.slice(0, token.lastIndexOf('.'))
        return `${input}.${createHmac('sha256', 'another').update(input).digest('base64url')}`
      }),
      refused('expired', (_token, at) => old[at]!, late.checkToken),
      refused('oversized, 1 MB', () => OVERSIZED),
      refused(
        'a header of another shape',
        (token) => UNKNOWN_KID + token.slice(token.indexOf('.')),
      ),
      refused(
        'a forged refresh token',
        () => refreshToken.slice(0, 40) + randomBytes(27).toString('base64url'),
      ),
    ],
    {
      rounds,
      async before() {
        unseen = await tokensOf(auth, COUNT)
      },
    },
  )
  const dearest = Math.max(...measured.slice(1).map(({ ratio }) => ratio.median))
  return {
    title: 'Refuse a token',
    note:
      'Relative to an accepted token that is seen for the first time. "Expired" is checked by ' +
      'the clock of another process.',
    table: tableOf(measured),
    goals: [
      {
        name: 'the most expensive refusal, relative to an accepted token',
        value: dearest,
        limit: 1.1,
        unit: ' ×',
      },
      { name: 'sessions read from the store for all of them', value: readsOfRefused, limit: 0 },
    ],
  }
}

const UNKNOWN_KID = Buffer.from('{"typ":"at+jwt","alg":"HS256","kid":"unknown"}').toString(
  'base64url',
)
const OVERSIZED = 'a'.repeat(500_000) + '.' + 'b'.repeat(400_000) + '.' + 'c'.repeat(100_000)

function isRefused(checked: unknown): void {
  if ((checked as { ok?: unknown }).ok !== false)
    throw new Error('a bad token was accepted, or the result was a promise')
}
