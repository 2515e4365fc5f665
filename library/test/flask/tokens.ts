import { createHmac } from 'node:crypto'

/** Long enough for every HMAC algorithm, which avoids warnings. */
export const SECRET =
  'a secret that both of the services share, and that is longer than sixty-four bytes'

export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const HASHES: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** Signs any header and payload, valid or not: objects as JSON, strings as they are. */
export function sign(
  payload: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  secret = SECRET,
  algorithm = 'HS256',
): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createHmac(HASHES[algorithm]!, secret).update(input).digest('base64url')}`
}

/** Claims of a token that was issued a minute ago and expires in an hour. */
export const claimsAt = (now: number): Record<string, unknown> => ({
  fresh: false,
  iat: now - 60,
  jti: '0d9f6f0e-6b0c-4b1c-9b9b-0f5a3c1d2e4f',
  type: 'access',
  sub: 'ada',
  nbf: now - 60,
  csrf: 'c0ffee00-0000-4000-8000-000000000000',
  exp: now + 3600,
})
