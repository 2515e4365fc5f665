/**
 * A key in JSON (RFC 7517, section 4; RFC 7518, section 6). Our own type: those of Node and of the
 * DOM differ between versions. A type, not an interface, so that either of them accepts it.
 */
export type Jwk = {
  kty?: string
  alg?: string
  kid?: string
  use?: string
  key_ops?: string[]
  x5c?: string[]
  x5t?: string
  'x5t#S256'?: string
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
  d?: string
  p?: string
  q?: string
  dp?: string
  dq?: string
  qi?: string
  k?: string
}

/** A public key as it is published. */
export type PublicJwk = Jwk & { kid: string; alg: string; use: 'sig' }
