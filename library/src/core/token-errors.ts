/**
 * Why a token was not accepted. For the log alone: the answer says `token_invalid` to all of them, so that nobody learns by trying.
 * `docs/keys.md` lists the same names, and a test holds the two together.
 */
export const TOKEN_ERRORS = {
  size: 'It is longer than 8 KiB.',
  parts: 'It has not exactly three parts.',
  header:
    'Its header is not one JSON object in canonical base64url and UTF-8, or holds a name twice.',
  crit: 'Its header asks for an extension.',
  typ: 'Its header says that it is another kind of token.',
  kid: 'No key has the name that its header gives.',
  alg: 'Its header names another algorithm than the key has.',
  signature: 'Its signature is not one of that key, or is spelled in a second way.',
  payload:
    'Its payload is not one JSON object in canonical base64url and UTF-8, or holds a name twice.',
  iss: 'It comes from another issuer.',
  aud: 'It is meant for somebody else.',
  sub: 'It names nobody.',
  jti: 'It has no name of its own.',
  iat: 'It was made in the future, or does not say when.',
  nbf: 'It is not valid yet.',
  exp: 'It does not say when it ends, or in a time that no token lives.',
  fresh: 'It does not say in true or false whether credentials were given.',
  sid: 'It belongs to no session.',
} as const

export type TokenError = keyof typeof TOKEN_ERRORS

/** A token was refused as `token_invalid`. Nothing that it said is told. */
export interface TokenRefused {
  type: 'token-refused'
  /** Milliseconds since 1970. */
  at: number
  reason: TokenError
}
