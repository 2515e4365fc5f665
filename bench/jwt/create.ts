import { createHmac } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import jsonwebtoken from 'jsonwebtoken'
import { SignJWT } from 'jose'
import { createAuth } from 'latchkey'
import { ratioOf, tableOf, type Report } from '../harness/report.ts'
import { measure } from '../harness/rounds.ts'
import { SECRET, SECRET_KEY } from './auths.ts'

const COUNT = 4000
const CLAIMS = { role: 'member' }

export async function create({ rounds }: { rounds: number }): Promise<Report> {
  const auth = createAuth({ secret: SECRET })
  const token = auth.createAccessToken('5f1c8e0a-ada', { claims: CLAIMS })
  const input = token.slice(0, token.lastIndexOf('.')).padEnd(285, 'x').slice(0, 285)
  const fastJwt = createSigner({ key: SECRET })
  const payload = (): Record<string, unknown> => {
    const now = Math.floor(Date.now() / 1000)
    return {
      sub: '5f1c8e0a-ada',
      jti: 'AAAAAAAAAAAAAAAAAAAAAA',
      iat: now,
      exp: now + 300,
      fresh: false,
      ...CLAIMS,
    }
  }
  const measured = await measure(
    [
      {
        name: 'limit: createHmac(KeyObject), 285 bytes',
        ...times(() => createHmac('sha256', SECRET_KEY).update(input).digest()),
      },
      {
        name: 'Latchkey createAccessToken, its ids included',
        ...times(() => auth.createAccessToken('5f1c8e0a-ada', { claims: CLAIMS })),
      },
      { name: 'fast-jwt, claims given', ...times(() => fastJwt(payload())) },
      {
        name: 'jsonwebtoken, KeyObject, claims given',
        ...times(() => jsonwebtoken.sign(payload(), SECRET_KEY)),
      },
      {
        name: 'jose, KeyObject, claims given, 64 at once',
        count: 1024,
        prepare: () => async () => {
          for (let from = 0; from < 1024; from += 64)
            await Promise.all(
              Array.from({ length: 64 }, () =>
                new SignJWT(payload()).setProtectedHeader({ alg: 'HS256' }).sign(SECRET_KEY),
              ),
            )
        },
      },
    ],
    { rounds },
  )
  return {
    title: 'Create an access token, HS256',
    note:
      'Latchkey creates the `jti` and reads the clock; the other libraries receive finished ' +
      'claims.',
    table: tableOf(measured),
    goals: [
      {
        name: 'createAccessToken',
        value: ratioOf(measured, 'Latchkey createAccessToken, its ids included'),
        limit: 1.5,
        unit: ' ×',
      },
    ],
  }
}

const times = (make: () => unknown) => ({ count: COUNT, prepare: () => () => repeat(COUNT, make) })

function repeat(count: number, make: () => unknown): void {
  for (let at = 0; at < count; at++) make()
}
