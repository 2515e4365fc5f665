import type { KeyObject } from 'node:crypto'
import type { TokenKind } from '../core/jws.ts'
import type { Signer } from './algorithms.ts'
import type { FlaskSettings } from './config.ts'
import { addDelta, isDelta, type Delta } from './timedelta.ts'
import { dumps, Float } from './python.ts'

/** What goes into a token. `claims` and `headers` are merged already. */
export interface Minting {
  kind: TokenKind
  identity: unknown
  fresh: boolean | number | Date
  /** Milliseconds since 1970. */
  now: number
  /** Undefined: as the options say. */
  expiresIn?: Delta | undefined
  /** The token ends no later than this, in milliseconds. */
  latest?: number
  random: (count: number) => Uint8Array
  claims: Record<string, unknown> | undefined
  headers: Record<string, unknown> | undefined
}

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)
const TIMES = ['exp', 'iat', 'nbf']

/** A token as Flask-JWT-Extended writes it: the same claims in the same order and of the same types, in the same JSON. */
export function mintToken(
  config: FlaskSettings,
  algorithm: Signer,
  key: KeyObject,
  minting: Minting,
): string {
  const {
    kind,
    identity,
    fresh,
    now,
    latest = Number.POSITIVE_INFINITY,
    random,
    claims = {},
    headers = {},
  } = minting
  const expires =
    minting.expiresIn ??
    (kind === 'access' ? config.JWT_ACCESS_TOKEN_EXPIRES : config.JWT_REFRESH_TOKEN_EXPIRES)
  if (!isDelta(expires))
    throw new TypeError(
      '"expiresIn" must be whole seconds, { days, hours, minutes, … }, or false for a token that never expires',
    )
  const payload: Record<string, unknown> = {
    fresh: freshClaim(fresh, now),
    iat: seconds(now),
    jti: uuid(random(16)),
    type: kind,
    [config.JWT_IDENTITY_CLAIM]: identity ?? null,
    ...(config.JWT_ENCODE_NBF && { nbf: seconds(now) }),
    ...(config.JWT_COOKIE_CSRF_PROTECT && { csrf: uuid(random(16)) }),
    ...(config.JWT_ENCODE_AUDIENCE?.length && { aud: config.JWT_ENCODE_AUDIENCE }),
    ...(config.JWT_ENCODE_ISSUER && { iss: config.JWT_ENCODE_ISSUER }),
    ...(expires !== false && { exp: seconds(Math.min(addDelta(now, expires), latest)) }),
    ...claims,
  }
  for (const name of TIMES)
    if (payload[name] instanceof Date) payload[name] = seconds(payload[name].getTime())
  if ((payload.type === 'refresh') !== (kind === 'refresh'))
    throw new TypeError(
      `the claim "type" cannot make ${kind === 'refresh' ? 'another' : 'a refresh'} token of this one`,
    )
  const input = `${encode(headerOf(config.JWT_ALGORITHM, headers))}.${encode(payload)}`
  return `${input}.${algorithm.sign(key, input)}`
}

const encode = (value: object): string => Buffer.from(dumps(value)).toString('base64url')

/** In the order of the alphabet. The algorithm is the key's: no header changes it. */
function headerOf(alg: string, headers: Record<string, unknown>): Record<string, unknown> {
  if ('alg' in headers && headers.alg !== alg)
    throw new TypeError(`the header "alg" is written by the option JWT_ALGORITHM: ${alg}`)
  if ('kid' in headers && typeof headers.kid !== 'string')
    throw new TypeError('Key ID header parameter must be a string')
  const all: Record<string, unknown> = { typ: 'JWT', ...headers, alg }
  const names = Object.keys(all).filter((name) => name !== 'typ' || Boolean(all.typ))
  return Object.fromEntries(names.sort().map((name) => [name, all[name]]))
}

/** A span of seconds and an instant are both an instant in the token, of Python's type `float`. */
function freshClaim(fresh: boolean | number | Date, now: number): unknown {
  if (typeof fresh === 'boolean') return fresh
  const until = fresh instanceof Date ? fresh.getTime() : now + fresh * 1000
  if (!Number.isFinite(until))
    throw new TypeError('"fresh" must be true, false, a number of seconds, or a Date')
  return new Float(until / 1000)
}

/** A UUID of random bytes (RFC 9562, section 5.4). */
function uuid(random: Uint8Array): string {
  const bytes = Buffer.from(random)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
