import type { KeyObject } from 'node:crypto'
import type { FlaskAlgorithm } from './algorithms.ts'
import type { FlaskSettings } from './config.ts'
import { addDelta, isDelta, type Delta, type Span } from './timedelta.ts'
import { dumps, Float } from './python.ts'
import type { TokenKind } from '../core/token-kinds.ts'

/** What a token is made of. `claims` and `headers` include those of the callbacks. */
export interface TokenInput {
  kind: TokenKind
  identity: unknown
  /** True, false, or until when: in seconds or a span from now, or a date. */
  fresh: boolean | number | Date | Span
  /** Milliseconds since 1970. */
  now: number
  /** The default is the lifetime in the configuration. */
  expiresIn?: Delta | undefined
  /** The latest end of the token, in milliseconds since 1970. */
  notAfter?: number
  randomBytes: (count: number) => Uint8Array
  claims: Record<string, unknown> | undefined
  headers: Record<string, unknown> | undefined
}

const TIME_CLAIMS = ['exp', 'iat', 'nbf']

/**
 * Signs a token that equals one of Flask-JWT-Extended: the same claims, in the same order and of
 * the same types, in the same JSON. Throws a `TypeError` for a token that it would not make.
 */
export function createToken(
  config: FlaskSettings,
  algorithm: FlaskAlgorithm,
  key: KeyObject,
  token: TokenInput,
): string {
  const payload = { ...ownClaims(config, token), ...token.claims }
  for (const name of TIME_CLAIMS)
    if (payload[name] instanceof Date) payload[name] = toSeconds(payload[name].getTime())
  if ((payload.type === 'refresh') !== (token.kind === 'refresh'))
    throw new TypeError(
      token.kind === 'refresh'
        ? 'the claim "type" of a refresh token must be "refresh"'
        : 'the claim "type" of an access token must not be "refresh"',
    )
  const header = buildHeader(config.JWT_ALGORITHM, token.headers ?? {})
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${algorithm.sign(key, input)}`
}

function ownClaims(
  config: FlaskSettings,
  { kind, identity, fresh, now, notAfter = Infinity, randomBytes, expiresIn }: TokenInput,
): Record<string, unknown> {
  const expires =
    expiresIn ??
    (kind === 'access' ? config.JWT_ACCESS_TOKEN_EXPIRES : config.JWT_REFRESH_TOKEN_EXPIRES)
  if (!isDelta(expires))
    throw new TypeError(
      '"expiresIn" must be whole seconds, { days, hours, minutes, … }, ' +
        'or false for a token that never expires',
    )
  return {
    fresh: freshClaim(fresh, now),
    iat: toSeconds(now),
    jti: uuid(randomBytes(16)),
    type: kind,
    [config.JWT_IDENTITY_CLAIM]: identity ?? null,
    ...(config.JWT_ENCODE_NBF && { nbf: toSeconds(now) }),
    ...(config.JWT_COOKIE_CSRF_PROTECT && { csrf: uuid(randomBytes(16)) }),
    ...(config.JWT_ENCODE_AUDIENCE?.length && { aud: config.JWT_ENCODE_AUDIENCE }),
    ...(config.JWT_ENCODE_ISSUER && { iss: config.JWT_ENCODE_ISSUER }),
    ...(expires !== false && { exp: toSeconds(Math.min(addDelta(now, expires), notAfter)) }),
  }
}

const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

const encode = (value: object): string => Buffer.from(dumps(value)).toString('base64url')

/** The header with its parameters in alphabetical order. No header can change the algorithm. */
function buildHeader(alg: string, headers: Record<string, unknown>): Record<string, unknown> {
  if ('alg' in headers && headers.alg !== alg)
    throw new TypeError(`the header "alg" is written by the option JWT_ALGORITHM: ${alg}`)
  if ('kid' in headers && typeof headers.kid !== 'string')
    throw new TypeError('Key ID header parameter must be a string')
  const header: Record<string, unknown> = { typ: 'JWT', ...headers, alg }
  const names = Object.keys(header).filter((name) => name !== 'typ' || Boolean(header.typ))
  return Object.fromEntries(names.sort().map((name) => [name, header[name]]))
}

/** The claim `fresh`: a boolean, or until when, in seconds, as a Python `float`. */
function freshClaim(fresh: boolean | number | Date | Span, now: number): unknown {
  if (typeof fresh === 'boolean') return fresh
  const until =
    fresh instanceof Date
      ? fresh.getTime()
      : typeof fresh === 'number' || isDelta(fresh)
        ? addDelta(now, fresh)
        : Number.NaN
  if (!Number.isFinite(until))
    throw new TypeError(
      '"fresh" must be true, false, a number of seconds, { minutes, seconds, … }, or a Date',
    )
  return new Float(until / 1000)
}

/** A version 4 UUID from 16 random bytes (RFC 9562, section 5.4). */
function uuid(randomBytes: Uint8Array): string {
  const bytes = Buffer.from(randomBytes)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
