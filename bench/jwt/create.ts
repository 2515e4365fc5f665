import { createHmac } from 'node:crypto'
import { createSigner } from 'fast-jwt'
import jsonwebtoken from 'jsonwebtoken'
import { SignJWT } from 'jose'
import { createAuth } from 'latchkey'
import { ratioOf, tableOf, type Report } from '../harness/report.ts'
import { measure, type Case } from '../harness/rounds.ts'
import { SECRET, SECRET_KEY } from './tokens.ts'

const COUNT = 4000
const CLAIMS = { role: 'member' }
const LATCHKEY = 'Latchkey createAccessToken, its ids included'

/** Creation of an HS256 access token, compared with one HMAC and with other libraries. */
export async function create({ rounds }: { rounds: number }): Promise<Report> {
  const auth = createAuth({ secret: SECRET })
  const createToken = (): string => auth.createAccessToken('5f1c8e0a-ada', { claims: CLAIMS })
  const token = createToken()
  const input = token.slice(0, token.lastIndexOf('.')).padEnd(285, 'x').slice(0, 285)
  const measured = await measure(
    [
      repeated('limit: createHmac(KeyObject), 285 bytes', () =>
        createHmac('sha256', SECRET_KEY).update(input).digest(),
      ),
      repeated(LATCHKEY, createToken),
      ...peers(),
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
      { name: 'createAccessToken', value: ratioOf(measured, LATCHKEY), limit: 1.5, unit: ' ×' },
    ],
  }
}

function peers(): Case[] {
  const fastJwt = createSigner({ key: SECRET })
  return [
    repeated('fast-jwt, claims given', () => fastJwt(payload())),
    repeated('jsonwebtoken, KeyObject, claims given', () =>
      jsonwebtoken.sign(payload(), SECRET_KEY),
    ),
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
  ]
}

function payload(): Record<string, unknown> {
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

function repeated(name: string, createToken: () => unknown): Case {
  return {
    name,
    count: COUNT,
    prepare: () => () => {
      for (let at = 0; at < COUNT; at++) createToken()
    },
  }
}
