/** PyJWT, on which Flask-JWT-Extended is built, accepts the tokens of Latchkey, and vice versa. */
import { spawnSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pyjwtFor } from '../../../scripts/pyjwt.mjs'
import { ALGORITHMS } from '../../src/core/algorithms.ts'
import { createSide, corrupt, textOf } from './peer.ts'

const python = pyjwtFor('Exchange of tokens with PyJWT')

/** PyJWT does not support the name `Ed25519` of RFC 9864. */
const sides = [...ALGORITHMS.keys()].filter((alg) => alg !== 'Ed25519').map(createSide)
/** Keys for JSON: PEM, or a secret in base64. */
const keyText = (key: KeyObject): string =>
  key.type === 'secret' ? key.export().toString('base64') : String(textOf(key))

interface PythonResult {
  version: string
  verified: unknown[]
  signed: string[]
}

function runPython(job: { verify: unknown[]; sign: unknown[] }): PythonResult {
  const { stdout, stderr, status } = spawnSync(python!, [join(import.meta.dirname, 'pyjwt.py')], {
    input: JSON.stringify(job),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as PythonResult
}

describe.skipIf(python === null)('PyJWT', () => {
  test('PyJWT and Latchkey accept tokens of each other, and refuse modified ones', () => {
    const job = {
      verify: sides.flatMap(({ token: valid, verifying, alg }) =>
        [valid, corrupt(valid)].map((token) => ({ token, key: keyText(verifying), alg })),
      ),
      sign: sides.map(({ claims, header, signing, alg }) => ({
        claims,
        header: { typ: header.typ, kid: header.kid },
        key: keyText(signing),
        alg,
      })),
    }
    const { verified, signed } = runPython(job)
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
