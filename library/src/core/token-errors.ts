/**
 * Why a token was not accepted. The reason is for the log only: the client always gets
 * `token_invalid`, so that an attacker learns nothing by trying variations. `docs/keys.md` lists
 * the same names; a test compares the two.
 */
export const TOKEN_ERRORS = {
  size: 'The token is longer than 64 KiB.',
  parts: 'The token does not have exactly three parts.',
  header:
    'The header is not a JSON object in canonical base64url and UTF-8, or repeats a member name.',
  crit: 'The header has a critical extension.',
  typ: 'The header names another type of token.',
  kid: 'No key has the "kid" of the header.',
  alg: 'The "alg" of the header is not the algorithm of the key.',
  signature: 'The signature does not verify with the key, or is not in canonical base64url.',
  payload:
    'The payload is not a JSON object in canonical base64url and UTF-8, or repeats a member name.',
  iss: 'The issuer is not the expected one.',
  aud: 'The audience is not the expected one.',
  sub: 'The subject is missing or not a string.',
  jti: 'The token id is missing or not a string.',
  iat: 'The time of issue is missing or invalid.',
  nbf: 'The token is not valid yet.',
  exp: 'The expiry time is missing, invalid or too far in the future.',
  fresh: 'The claim "fresh" is neither a boolean nor a time.',
  sid: 'The token names no session.',
  claims: 'A claim that "requiredClaims" names is missing or has another value.',
} as const

export type TokenError = keyof typeof TOKEN_ERRORS

/** Why a token was not accepted, or `expired`, the only reason that the response names. */
export type TokenFailure = TokenError | 'expired'
