import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { createAuth, type AuthOptions, type SessionAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'

export const SECRET = 'a secret of the benchmark, of more than thirty-two bytes'
export const SECRET_KEY: KeyObject = createSecretKey(Buffer.from(SECRET))

/** An auth object with a store, so that each check includes whether the session has ended. */
export const sessionAuth = (options: Partial<AuthOptions> = {}): SessionAuth =>
  createAuth({ secret: SECRET, store: memoryStore(), ...options })

/** Returns distinct access tokens of one session. */
export async function tokensOf(auth: SessionAuth, count: number): Promise<string[]> {
  const { refreshToken, accessToken } = await auth.signIn('5f1c8e0a-ada', {
    claims: { role: 'member' },
  })
  // The first check reads the store; later ones return at once.
  await auth.checkToken(accessToken)
  await setImmediate()
  const tokens: string[] = []
  for (let made = 0; made < count; made++) {
    const refreshed = await auth.refresh(refreshToken)
    if (!refreshed.ok) throw new Error(refreshed.code)
    tokens.push(refreshed.tokens.accessToken)
  }
  return tokens
}

/** Copies the strings: V8 stores the hash of a string in it once it has been a key of a map. */
export const copiesOf = (tokens: readonly string[]): string[] =>
  tokens.map((token) => Buffer.from(token).toString('latin1'))

export interface KeyPair {
  alg: string
  publicKey: KeyObject
  privateKey: KeyObject
}

/** One key pair for each algorithm. */
export function keyPairs(): KeyPair[] {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ed = generateKeyPairSync('ed25519')
  return [
    { alg: 'RS256', ...rsa },
    { alg: 'PS256', ...rsa },
    { alg: 'ES256', ...ec },
    { alg: 'Ed25519', ...ed },
  ]
}
