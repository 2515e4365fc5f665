import { constants, sign, verify, type KeyObject } from 'node:crypto'
import { createVerifier, type Algorithm } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { tableOf, type Goal, type Report } from '../harness/report.ts'
import { measure, type Case, type Measured } from '../harness/rounds.ts'
import { again, guarded, keyPairs, tokensOf, type KeyPair } from './auths.ts'
import { isAccepted, repeated, together } from './hs256.ts'

const COUNT = 300
/** Limits relative to one `crypto.verify`, for a token seen for the first time. */
const LIMITS: Record<string, number> = { RS256: 1.1, PS256: 1.1, ES256: 1.06, Ed25519: 1.04 }

export async function asymmetric({ rounds }: { rounds: number }): Promise<Report> {
  const all: Measured[] = []
  const goals: Goal[] = []
  for (const pair of keyPairs()) {
    const measured = await ofOne(pair, rounds)
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

async function ofOne(pair: KeyPair, rounds: number): Promise<Measured[]> {
  const { alg, publicKey, privateKey } = pair
  const auth = guarded({ keys: [{ ...privateKey.export({ format: 'jwk' }), alg }] })
  let unseen: string[] = []
  const seen = (await tokensOf(auth, 64)).filter((token) => isAccepted(auth.checkToken(token)))
  const one = (name: string, check: (token: string) => unknown): Case => ({
    name: `${alg}: ${name}`,
    count: COUNT,
    prepare() {
      const tokens = again(unseen)
      return () => tokens.forEach((token) => void check(token))
    },
  })
  const peerAlg = alg === 'Ed25519' ? 'EdDSA' : alg
  const forPeers = peersTokens(pair, peerAlg)
  const fastJwt = createVerifier({
    key: publicKey.export({ type: 'spki', format: 'pem' }),
    algorithms: [peerAlg as Algorithm],
  })
  return measure(
    [
      {
        name: `${alg}: limit, crypto.verify`,
        count: COUNT,
        prepare() {
          const parts = unseen.map(
            (token) =>
              [
                Buffer.from(token.slice(0, token.lastIndexOf('.'))),
                Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url'),
              ] as const,
          )
          return () =>
            parts.forEach(
              ([input, signature]) =>
                void verify(hashOf(alg), input, optionsOf(alg, publicKey), signature),
            )
        },
      },
      one('Latchkey, first seen', (token) => isAccepted(auth.checkToken(token))),
      {
        ...repeated(`${alg}: Latchkey, seen before`, seen, (token) =>
          isAccepted(auth.checkToken(token)),
        ),
      },
      ...(alg === 'Ed25519'
        ? []
        : [
            one('jsonwebtoken, KeyObject', (token) =>
              jsonwebtoken.verify(token, publicKey, { algorithms: [alg as 'RS256'] }),
            ),
          ]),
      {
        name: `${alg}: fast-jwt`,
        count: COUNT,
        prepare: () => () => repeat(COUNT, forPeers, fastJwt),
      },
      together(`${alg}: jose, KeyObject`, forPeers, (token) => jwtVerify(token, publicKey), 256),
    ],
    {
      rounds,
      async before() {
        unseen = await tokensOf(auth, COUNT)
      },
    },
  )
}

function repeat(count: number, tokens: readonly string[], check: (token: string) => unknown): void {
  for (let at = 0; at < count; at++) check(tokens[at % tokens.length]!)
}

/** The other libraries know Ed25519 only as EdDSA (RFC 8037). */
function peersTokens({ alg, privateKey }: KeyPair, peerAlg: string): string[] {
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

/** The cheapest form: Node takes longer for a key in an options object. */
function optionsOf(
  alg: string,
  key: KeyObject,
):
  | KeyObject
  | { key: KeyObject; padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' } {
  if (alg === 'PS256') return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key
}
