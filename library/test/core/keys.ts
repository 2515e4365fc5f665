import { createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey

/** A secret or private key for each algorithm, generated for each run. */
export const KEYS: Readonly<Record<string, KeyObject>> = {
  HS256: createSecretKey(randomBytes(32)),
  HS384: createSecretKey(randomBytes(48)),
  HS512: createSecretKey(randomBytes(64)),
  ...Object.fromEntries(
    ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, rsa]),
  ),
  ES256: ec('P-256'),
  ES384: ec('P-384'),
  ES512: ec('P-521'),
  Ed25519: ed25519,
  EdDSA: ed25519,
}
