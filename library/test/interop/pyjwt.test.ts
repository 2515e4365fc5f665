/**
 * Tokens made here are accepted by PyJWT, which Flask-JWT-Extended stands on, and its tokens here.
 */
import { spawnSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pyjwtFor } from '../../../scripts/pyjwt.mjs'
import { ALGORITHMS } from '../../src/core/algorithms.ts'
import { createSide, corrupt, textOf } from './peer.ts'

const python = pyjwtFor('Exchange of tokens with PyJWT')

/** It does not know the name that RFC 9864 gave to EdDSA over Curve25519. */
const sides = [...ALGORITHMS.keys()].filter((alg) => alg !== 'Ed25519').map(createSide)
/** Random bytes do not pass through JSON; PEM, and what a secret is in base64, do. */
const keyText = (key: KeyObject): string =>
  key.type === 'secret' ? key.export().toString('base64') : String(textOf(key))

interface Done {
  version: string
  verified: unknown[]
  signed: string[]
}

function ask(job: { verify: unknown[]; sign: unknown[] }): Done {
  const { stdout, stderr, status } = spawnSync(python!, [join(import.meta.dirname, 'pyjwt.py')], {
    input: JSON.stringify(job),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Done
}

describe.skipIf(python === null)('PyJWT', () => {
  test('ours there, theirs here, and neither with one character changed', () => {
    const job = {
      verify: sides.flatMap(({ token, verifying, alg }) =>
        [token, corrupt(token)].map((each) => ({ token: each, key: keyText(verifying), alg })),
      ),
      sign: sides.map(({ claims, header, signing, alg }) => ({
        claims,
        header: { typ: header.typ, kid: header.kid },
        key: keyText(signing),
        alg,
      })),
    }
    const { verified, signed } = ask(job)
    for (const [index, { auth, claims, alg }] of sides.entries()) {
      expect(verified.slice(index * 2, index * 2 + 2), alg).toEqual([
        claims,
        'InvalidSignatureError',
      ])
      expect(auth.checkToken(signed[index]!), alg).toMatchObject({ ok: true, claims })
      expect(auth.checkToken(corrupt(signed[index]!)), alg).toMatchObject({ code: 'token_invalid' })
    }
  })
})
