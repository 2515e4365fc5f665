import { createPublicKey, type KeyObject } from 'node:crypto'
import { createAuth, type Auth } from 'latchkey'
import { KEYS } from '../core/keys.ts'

export const ISSUER = 'https://id.example'
export const AUDIENCE = 'shop'

/** Latchkey with a key of one algorithm, and that key for another library. */
export interface Side {
  alg: string
  auth: Auth
  /** Header and claims of a token that Latchkey accepts. */
  header: { alg: string; typ: string; kid: string }
  claims: Record<string, unknown>
  /** An access token of Latchkey. */
  token: string
  signing: KeyObject
  verifying: KeyObject
}

export function createSide(alg: string): Side {
  const signing = KEYS[alg]!
  const options = { keys: [{ key: signing, alg }], issuer: ISSUER, audience: AUDIENCE }
  const auth = createAuth(options)
  const token = auth.createAccessToken('ada', { claims: { name: 'Ada Løvelace 愛' } })
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>)
  return {
    alg,
    auth,
    header: header as unknown as Side['header'],
    claims: claims!,
    token,
    signing,
    verifying: signing.type === 'secret' ? signing : createPublicKey(signing),
  }
}

/** A key as PEM, or a secret as bytes. */
export function textOf(key: KeyObject): string | Buffer {
  return key.type === 'secret'
    ? key.export()
    : key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' })
}

/** A token with one character of its payload changed. */
export const corrupt = (token: string): string =>
  token.replace(/\.(.)/, (_, first: string) => `.${first === 'A' ? 'B' : 'A'}`)
