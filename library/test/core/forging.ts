import { createHmac, sign, type KeyObject } from 'node:crypto'
import { expect } from 'vitest'
import {
  createAuth,
  type AuthEvent,
  type AuthOptions,
  type Decoded,
  type TokenAuth,
  type TokenError,
} from 'latchkey'
import { ALGORITHMS, type AlgorithmName } from '../../src/core/algorithms.ts'
import { KEYS } from './keys.ts'

export const NOW = Date.UTC(2026, 10, 23, 12)
export const SECOND = 1000
export const SECRET = 'a secret of more than thirty-two bytes'

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
export const decode = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
export const partsOf = (token: string): [header: string, payload: string, signature: string] =>
  token.split('.') as [string, string, string]

/** An auth object and a valid token of it, whose parts the tests change. */
export interface Setup {
  auth: ReturnType<typeof make>
  good: string
  header: Record<string, unknown>
  claims: Record<string, unknown>
  events: AuthEvent[]
  /** Makes a token with any header and payload, and a valid signature. */
  forge(header: unknown, payload: unknown): string
  /** The logged reason for refusing a token. Also asserts that the refusal is the generic one. */
  reasonOf(token: string): TokenError
}

const make = (options: AuthOptions, events: AuthEvent[]) =>
  createAuth({
    now: () => NOW,
    onEvent: (event) => events.push(event),
    ...options,
  }) as TokenAuth<unknown, unknown, string, string, Decoded>

export function setUp(alg = 'HS256', options: Partial<AuthOptions> = {}): Setup {
  const events: AuthEvent[] = []
  const key = KEYS[alg]!
  const auth = make({ keys: [{ key, alg: alg as AlgorithmName }], ...options }, events)
  const good = auth.createAccessToken('ada')
  const [headerPart, payload] = partsOf(good)
  const signed = (input: string) => `${input}.${ALGORITHMS.get(alg)!.sign(key, input)}`
  return {
    auth,
    good,
    header: decode(headerPart),
    claims: decode(payload),
    events,
    forge: (header, claims) => signed(`${encode(header)}.${encode(claims)}`),
    reasonOf(token) {
      events.length = 0
      expect(auth.checkToken(token)).toBe(GENERIC)
      expect(events).toEqual([{ type: 'token-refused', at: NOW, reason: expect.any(String) }])
      return (events[0] as { reason: TokenError }).reason
    },
  }
}

/** The refusal of every invalid token: the same object, so it cannot depend on the reason. */
const GENERIC = createAuth({ secret: SECRET }).checkToken('x')

export const hmac = (hash: string, key: string | Buffer | KeyObject, input: string): string =>
  createHmac(hash, key).update(input).digest('base64url')

/** Signs with a key of the attacker. */
export const signWith = (key: KeyObject, input: string): string =>
  `${input}.${signatureOf(key, input).toString('base64url')}`

const signatureOf = (key: KeyObject, input: string): Buffer =>
  sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', Buffer.from(input), {
    key,
    dsaEncoding: 'ieee-p1363',
  })
