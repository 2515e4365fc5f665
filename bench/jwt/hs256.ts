import { createHmac } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { Jwt } from 'hono/utils/jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { ratioOf, tableOf, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { again, guarded, SECRET, SECRET_KEY, tokensOf } from './auths.ts'

const COUNT = 4000
/** Concurrent calls of the asynchronous libraries. */
const AT_ONCE = 64

export async function hs256({ rounds }: { rounds: number }): Promise<Report> {
  const auth = guarded()
  const seen = (await tokensOf(auth, 512)).filter((token) => isAccepted(auth.checkToken(token)))
  let unseen: string[] = []
  const fastJwt = createVerifier({ key: SECRET })
  const fastJwtCached = createVerifier({ key: SECRET, cache: 2000 })
  const secretBytes = new TextEncoder().encode(SECRET)
  const one = (name: string, verify: (token: string) => unknown): Case => ({
    name,
    count: COUNT,
    prepare() {
      const tokens = again(unseen)
      return () => tokens.forEach((token) => void verify(token))
    },
  })
  const measured = await measure(
    [
      {
        name: 'limit: createHmac(KeyObject), over the same text',
        count: COUNT,
        prepare() {
          const inputs = again(unseen).map((token) => token.slice(0, token.lastIndexOf('.')))
          return () =>
            inputs.forEach((input) => void createHmac('sha256', SECRET_KEY).update(input).digest())
        },
      },
      one('Latchkey, first seen', (token) => isAccepted(auth.checkToken(token))),
      repeated('Latchkey, seen before', seen, (token) => isAccepted(auth.checkToken(token))),
      one('fast-jwt', fastJwt),
      repeated('fast-jwt, cached', seen, fastJwtCached),
      one('jsonwebtoken, KeyObject', (token) => jsonwebtoken.verify(token, SECRET_KEY)),
      together('jose, KeyObject', seen, (token) => jwtVerify(token, SECRET_KEY)),
      together('jose, bytes', seen, (token) => jwtVerify(token, secretBytes)),
      // It accepts no `typ` but JWT.
      together('hono/jwt', seen.map(typJwt), (token) => Jwt.verify(token, SECRET, 'HS256')),
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
      {
        name: 'HS256, first seen',
        value: ratioOf(measured, 'Latchkey, first seen'),
        limit: 1.5,
        unit: ' ×',
      },
      {
        name: 'HS256, seen before',
        value: ratioOf(measured, 'Latchkey, seen before'),
        limit: 0.35,
        unit: ' ×',
      },
    ],
  }
}

const typJwt = (token: string): string =>
  jsonwebtoken.sign(jsonwebtoken.decode(token) as object, SECRET_KEY)

/** Throws if a token is refused, because refusals are faster. */
export function isAccepted(checked: unknown): true {
  if ((checked as { ok?: unknown }).ok !== true)
    throw new Error('a good token was refused, or the result was a promise')
  return true
}

export function repeated(
  name: string,
  tokens: readonly string[],
  verify: (token: string) => unknown,
): Case {
  return {
    name,
    count: COUNT,
    prepare() {
      const fresh = Array.from({ length: Math.ceil(COUNT / tokens.length) }, () => again(tokens))
        .flat()
        .slice(0, COUNT)
      return () => fresh.forEach((token) => void verify(token))
    },
  }
}

export function together(
  name: string,
  tokens: readonly string[],
  verify: (token: string) => Promise<unknown>,
  count = 1024,
): Case {
  return {
    name: `${name}, ${AT_ONCE} at once`,
    count,
    prepare: () => async () => {
      for (let from = 0; from < count; from += AT_ONCE) {
        await Promise.all(
          Array.from({ length: AT_ONCE }, (_, at) => verify(tokens[(from + at) % tokens.length]!)),
        )
      }
    },
  }
}
