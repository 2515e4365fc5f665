/**
 * Other libraries accept the tokens of Latchkey, and Latchkey accepts theirs, for every algorithm
 * that both support.
 */
import { createSigner, createVerifier, type Algorithm } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { describe, expect, test } from 'vitest'
import { ALGORITHMS } from '../../src/core/algorithms.ts'
import { AUDIENCE, ISSUER, createSide, corrupt, textOf, type Side } from './peer.ts'

interface Peer {
  algorithms: string[]
  verify(side: Side, token: string): unknown
  sign(side: Side): string | Promise<string>
}

const ALL = [...ALGORITHMS.keys()]
const without = (...names: string[]) => ALL.filter((alg) => !names.includes(alg))

const PEERS: Record<string, Peer> = {
  jose: {
    algorithms: ALL,
    verify: async ({ verifying, alg }, token) =>
      (
        await jwtVerify(token, verifying, {
          algorithms: [alg],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: 'at+jwt',
        })
      ).payload,
    sign: async ({ signing, header, claims }) =>
      new SignJWT(claims).setProtectedHeader(header).sign(signing),
  },
  jsonwebtoken: {
    algorithms: without('Ed25519', 'EdDSA'),
    verify: ({ verifying, alg }, token) =>
      jsonwebtoken.verify(token, verifying, {
        algorithms: [alg as jsonwebtoken.Algorithm],
        issuer: ISSUER,
        audience: AUDIENCE,
      }),
    sign: ({ signing, header, claims, alg }) =>
      jsonwebtoken.sign(claims, signing, {
        algorithm: alg as jsonwebtoken.Algorithm,
        header: { ...header },
      }),
  },
  'fast-jwt': {
    algorithms: without('Ed25519'),
    verify: async ({ verifying, alg }, token) =>
      createVerifier({
        key: textOf(verifying),
        algorithms: [alg as Algorithm],
        allowedIss: ISSUER,
        allowedAud: AUDIENCE,
      })(token) as unknown,
    sign: ({ signing, header, claims, alg }) =>
      createSigner({
        key: textOf(signing),
        algorithm: alg as Algorithm,
        kid: header.kid,
        header: { typ: header.typ } as never,
      })(claims),
  },
}

describe.each(Object.entries(PEERS))('%s', (_name, { algorithms, verify, sign }) => {
  test.each(algorithms)(
    '%s: tokens of Latchkey verify in the library, modified ones do not',
    async (alg) => {
      const side = createSide(alg)
      expect(await verify(side, side.token)).toEqual(side.claims)
      await expect((async () => verify(side, corrupt(side.token)))()).rejects.toThrow()
    },
  )
  test.each(algorithms)(
    '%s: tokens of the library verify in Latchkey, modified ones do not',
    async (alg) => {
      const side = createSide(alg)
      const token = await sign(side)
      expect(side.auth.checkToken(token)).toMatchObject({
        ok: true,
        claims: side.claims,
        header: side.header,
      })
      expect(side.auth.checkToken(corrupt(token))).toMatchObject({ code: 'token_invalid' })
    },
  )
})

test('jose verifies with the published JWKS', async () => {
  for (const alg of ALL.filter((name) => !name.startsWith('HS'))) {
    const side = createSide(alg)
    const { payload } = await jwtVerify(side.token, createLocalJWKSet(side.auth.jwks()))
    expect(payload.sub).toBe('ada')
  }
})
