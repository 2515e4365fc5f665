import { runCallback } from './check-callbacks.ts'
import { refuse, type Refusal } from './errors.ts'
import { decodeObject } from './json.ts'
import { hasCriticalExtension, mediaType, splitToken } from './jws.ts'
import type { Key } from './keys.ts'
import type { Settings } from './options.ts'
import type { IssuerSetting } from './options/issuers.ts'
import type { Awaitable } from './store.ts'
import { claimsError, type Claims, type VerifiedToken, type TokenFailure } from './access-token.ts'
import { createVerifiedCache } from './verified-cache.ts'

/** What became of a token as one of another issuer; null where it is of none that we know. */
export type IssuerTokenResult = VerifiedToken | TokenFailure | Refusal | null

export interface IssuerVerifier {
  /** A token that was read before, if its key still counts and it is still good. */
  cached(token: string): VerifiedToken | undefined
  /** Answers at once unless the issuer's keys must be fetched. */
  verify(token: string): Awaitable<IssuerTokenResult>
}

/** A token in its parts, before anything about it was verified. */
interface Unverified {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  input: string
  signature: string
}

/**
 * Tokens that others make for us. The claim `iss`, which nobody has verified yet, chooses the issuer, and the issuer's own keys verify
 * that it was: so no issuer speaks for another, or for us (RFC 8725, section 3.8). Null where no issuer is trusted.
 */
export function createIssuerVerifier(settings: Settings): IssuerVerifier | null {
  const { issuers, verifiedBytes, now, onEvent } = settings
  if (issuers.size === 0) return null
  const verified = createVerifiedCache<{ read: VerifiedToken; issuer: IssuerSetting; key: Key }>(
    verifiedBytes,
  )

  function verify(
    token: string,
    issuer: IssuerSetting,
    parts: Unverified,
    key: Key | null,
  ): IssuerTokenResult {
    if (key === null) return 'kid'
    if (key.algorithm.name !== parts.header.alg) return 'alg'
    if (!key.algorithm.verify(key.verifying, parts.input, parts.signature)) return 'signature'
    const { sub: subject } = parts.claims
    if (typeof subject !== 'string' || subject.length === 0) return 'sub'
    const identity = runCallback(settings, 'issuers', () => issuer.identity(parts.claims as Claims))
    if (typeof identity !== 'string') return identity as Refusal
    const claims = ourClaims(parts.claims, identity)
    const flaw = flawNow(issuer, claims, now())
    if (flaw !== null) return flaw
    const from = Object.freeze({ issuer: issuer.issuer, subject })
    const read: VerifiedToken = Object.freeze({
      ok: true,
      kind: 'access',
      header: parts.header,
      claims,
      from,
    })
    verified.add(token, { read, issuer, key })
    return read
  }

  return {
    cached(token) {
      const found = verified.get(token)
      if (
        found === undefined ||
        !found.issuer.keys.has(found.key, now()) ||
        flawNow(found.issuer, found.read.claims, now()) !== null
      )
        return undefined
      return found.read
    },
    verify(token) {
      const parts = readParts(token)
      const issuer = parts === null ? undefined : issuers.get(parts.claims.iss as string)
      if (parts === null || issuer === undefined) return null
      if (hasCriticalExtension(parts.header)) return 'crit'
      if (mediaType(parts.header.typ) !== issuer.typ) return 'typ'
      if (typeof parts.header.kid !== 'string') return 'kid'
      const at = now()
      const failed = (cause: unknown): void =>
        onEvent({ type: 'keys-failed', at, issuer: issuer.issuer, cause })
      const conclude = (key: Key | null | undefined): IssuerTokenResult =>
        key === undefined ? refuse('temporarily_unavailable') : verify(token, issuer, parts, key)
      const key = issuer.keys.find(parts.header.kid, at, failed)
      return key instanceof Promise ? key.then(conclude) : conclude(key)
    },
  }
}

function readParts(token: string): Unverified | null {
  const parts = splitToken(token)
  if (typeof parts === 'string') return null
  const [header, claims] = [decodeObject(parts.header), decodeObject(parts.payload)]
  return header && claims && { header, claims, input: parts.input, signature: parts.signature }
}

/** The claims as they count here: under our name for the subject, of no session of ours, and from no sign-in that we saw. */
function ourClaims(
  { sid: _sid, gen: _gen, ...theirs }: Record<string, unknown>,
  identity: string,
): Claims {
  return Object.freeze({ ...theirs, sub: identity, fresh: false } as unknown as Claims)
}

function flawNow(issuer: IssuerSetting, claims: Claims, now: number): TokenFailure | null {
  return claimsError(issuer, claims, now) ?? (now < claims.exp * 1000 ? null : 'expired')
}
