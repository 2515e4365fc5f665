import { constants, sign, verify, type KeyObject } from 'node:crypto'
import { createVerifier, type Algorithm } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { tableOf, type Goal, type Report } from '../harness/report.ts'
import { measure, type Case, type Measured } from '../harness/rounds.ts'
import { concurrentCase, eachOnce, expectAccepted, repeatedCase } from './cases.ts'
import { keyPairs, sessionAuth, tokensOf, type KeyPair } from './tokens.ts'

const COUNT = 300
const REPEATED_COUNT = 4000
/** Limits relative to one `crypto.verify`, for a token seen for the first time. */
const LIMITS: Record<string, number> = { RS256: 1.1, PS256: 1.1, ES256: 1.06, Ed25519: 1.04 }

/** Verification with each public-key algorithm, compared with one `crypto.verify`. */
export async function asymmetric({ rounds }: { rounds: number }): Promise<Report> {
  const all: Measured[] = []
  const goals: Goal[] = []
  for (const pair of keyPairs()) {
    const measured = await measureAlgorithm(pair, rounds)
    all.push(...measured)
    goals.push({
      name: `${pair.alg}, first seen`,
      value: measured[1]!.ratio.median,
      limit: LIMITS[pair.alg]!,
      unit: ' ×',
    })
    goals.push({
      name: `${pair.alg}, seen before`,
      value: measured[2]!.ratio.median,
      limit: 0.35,
      unit: ' ×',
    })
  }
  return {
    title: 'Verify an access token, asymmetric',
    note:
      'Each algorithm, relative to one `crypto.verify` with the same key and bytes. RSA keys ' +
      `of 2048 bits, ${COUNT} tokens a round.`,
    table: tableOf(all),
    goals,
  }
}

async function measureAlgorithm(pair: KeyPair, rounds: number): Promise<Measured[]> {
  const { alg, privateKey } = pair
  const auth = sessionAuth({ keys: [{ ...privateKey.export({ format: 'jwk' }), alg }] })
  const check = (token: string): void => expectAccepted(auth.checkToken(token))
  const seen = await tokensOf(auth, 64)
  seen.forEach(check)
  let unseen: string[] = []
  return measure(
    [
      limit(pair, () => unseen),
      eachOnce(`${alg}: Latchkey, first seen`, COUNT, () => unseen, check),
      repeatedCase(`${alg}: Latchkey, seen before`, REPEATED_COUNT, seen, check),
      ...peers(pair, () => unseen),
    ],
    {
      rounds,
      async before() {
        unseen = await tokensOf(auth, COUNT)
      },
    },
  )
}

/** What every verification must do at least. */
function limit({ alg, publicKey }: KeyPair, unseen: () => string[]): Case {
  return {
    name: `${alg}: limit, crypto.verify`,
    count: COUNT,
    prepare() {
      const parts = unseen().map((token): [input: Buffer, signature: Buffer] => {
        const dot = token.lastIndexOf('.')
        return [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')]
      })
      return () =>
        parts.forEach(
          ([input, signature]) =>
            void verify(hashOf(alg), input, optionsOf(alg, publicKey), signature),
        )
    },
  }
}

function peers(pair: KeyPair, unseen: () => string[]): Case[] {
  const { alg, publicKey } = pair
  const peerAlg = alg === 'Ed25519' ? 'EdDSA' : alg
  const tokens = peerTokens(pair, peerAlg)
  const fastJwt = createVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }),
    algorithms: [peerAlg as Algorithm],
  })
  const jsonwebtokenCase = eachOnce(`${alg}: jsonwebtoken, KeyObject`, COUNT, unseen, (token) =>
    jsonwebtoken.verify(token, publicKey, { algorithms: [alg as 'RS256'] }),
  )
  return [
    // jsonwebtoken does not know Ed25519.
    ...(alg === 'Ed25519' ? [] : [jsonwebtokenCase]),
    {
      name: `${alg}: fast-jwt`,
      count: COUNT,
      prepare: () => () => {
        for (let at = 0; at < COUNT; at++) fastJwt(tokens[at % tokens.length]!)
      },
    },
    concurrentCase(`${alg}: jose, KeyObject`, tokens, (token) => jwtVerify(token, publicKey), 256),
  ]
}

/** The other libraries know Ed25519 only as EdDSA (RFC 8037). */
function peerTokens({ alg, privateKey }: KeyPair, peerAlg: string): string[] {
  const now = Math.floor(Date.now() / 1000)
  return Array.from({ length: 64 }, (_, at) => {
    const claims = {
      sub: 'ada',
      jti: `token ${at}`,
      iat: now,
      exp: now + 3600,
      fresh: false,
      role: 'member',
      sid: 'AAAAAAAAAAAAAAAAAAAAAA',
    }
    const input = `${encode({ alg: peerAlg, typ: 'JWT' })}.${encode(claims)}`
    const signature = sign(hashOf(alg), Buffer.from(input), optionsOf(alg, privateKey))
    return `${input}.${signature.toString('base64url')}`
  })
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const hashOf = (alg: string): string | null => (alg === 'Ed25519' ? null : 'sha256')

/** The key alone if possible: Node takes longer for a key in an options object. */
function optionsOf(
  alg: string,
  key: KeyObject,
):
  | KeyObject
  | { key: KeyObject; padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' } {
  if (alg === 'PS256') return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key
}
