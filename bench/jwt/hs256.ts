import { createHmac } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { Jwt } from 'hono/utils/jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { ratioOf, tableOf, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { concurrentCase, eachOnce, expectAccepted, repeatedCase } from './cases.ts'
import { copiesOf, SECRET, SECRET_KEY, sessionAuth, tokensOf } from './tokens.ts'

const COUNT = 4000
const FIRST = 'Latchkey, first seen'
const SEEN = 'Latchkey, seen before'

/** Verification of an HS256 access token, compared with one HMAC and with other libraries. */
export async function hs256({ rounds }: { rounds: number }): Promise<Report> {
  const auth = sessionAuth()
  const check = (token: string): void => expectAccepted(auth.checkToken(token))
  const seen = await tokensOf(auth, 512)
  seen.forEach(check)
  let unseen: string[] = []
  const measured = await measure(
    [
      limit(() => unseen),
      eachOnce(FIRST, COUNT, () => unseen, check),
      repeatedCase(SEEN, COUNT, seen, check),
      ...peers(() => unseen, seen),
    ],
    {
      rounds,
      async before() {
        unseen = await tokensOf(auth, COUNT)
      },
    },
  )
  return {
    title: 'Verify an access token, HS256',
    note:
      `Every check included: signature, claims, and whether the session has ended. ${COUNT} ` +
      'tokens a round, each seen for the first time; "seen before" repeats 512.',
    table: tableOf(measured),
    goals: [
      { name: 'HS256, first seen', value: ratioOf(measured, FIRST), limit: 1.5, unit: ' ×' },
      { name: 'HS256, seen before', value: ratioOf(measured, SEEN), limit: 0.35, unit: ' ×' },
    ],
  }
}

/** What every HS256 verification must do at least. */
function limit(unseen: () => string[]): Case {
  return {
    name: 'limit: createHmac(KeyObject), over the same text',
    count: COUNT,
    prepare() {
      const inputs = copiesOf(unseen()).map((token) => token.slice(0, token.lastIndexOf('.')))
      return () =>
        inputs.forEach((input) => void createHmac('sha256', SECRET_KEY).update(input).digest())
    },
  }
}

function peers(unseen: () => string[], seen: readonly string[]): Case[] {
  const secretBytes = new TextEncoder().encode(SECRET)
  const cached = createVerifier({ key: SECRET, cache: 2000 })
  return [
    eachOnce('fast-jwt', COUNT, unseen, createVerifier({ key: SECRET })),
    repeatedCase('fast-jwt, cached', COUNT, seen, cached),
    eachOnce('jsonwebtoken, KeyObject', COUNT, unseen, (token) =>
      jsonwebtoken.verify(token, SECRET_KEY),
    ),
    concurrentCase('jose, KeyObject', seen, (token) => jwtVerify(token, SECRET_KEY)),
    concurrentCase('jose, bytes', seen, (token) => jwtVerify(token, secretBytes)),
    // hono/jwt accepts no `typ` but JWT.
    concurrentCase('hono/jwt', seen.map(withTypJwt), (token) => Jwt.verify(token, SECRET, 'HS256')),
  ]
}

const withTypJwt = (token: string): string =>
  jsonwebtoken.sign(jsonwebtoken.decode(token) as object, SECRET_KEY)
