import { claimsError, isUnexpired } from './access-token.ts'
import { runCallback } from './token-check-callbacks.ts'
import type { Claims, VerifiedToken } from './claims.ts'
import { refuse, type Refusal } from './errors.ts'
import { decodeObject } from './json.ts'
import { hasCriticalExtension, mediaType, splitToken } from './jws.ts'
import type { Key } from './keys.ts'
import type { IssuerSetting } from './options/issuers.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import type { TokenFailure } from './token-errors.ts'
import { createVerifiedCache, type VerifiedCache } from './verified-cache.ts'

/** The token, or why it was not accepted. Null if its issuer is not a trusted one. */
export type IssuerTokenResult = VerifiedToken | TokenFailure | Refusal | null

export interface IssuerVerifier {
  /** A token that was verified before, if its key and its claims are still valid. */
  cached(token: string): VerifiedToken | undefined
  /** Verifies a token. Returns a promise only if the issuer's keys must be fetched. */
  verify(token: string): Awaitable<IssuerTokenResult>
}

/** A token in its parts, of which nothing is verified. */
interface UnverifiedToken {
  text: string
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** The text that was signed. */
  input: string
  signature: string
}

interface CachedToken {
  token: VerifiedToken
  issuer: IssuerSetting
  key: Key
}

interface Verifier {
  settings: Settings
  cache: VerifiedCache<CachedToken>
}

/**
 * Verifies the tokens of other issuers. The claim `iss` selects the issuer before it is verified;
 * only a key of that same issuer can then verify the token. So no issuer can make tokens for
 * another, or for us (RFC 8725, section 3.8). Returns null if no issuer is trusted.
 */
export function createIssuerVerifier(settings: Settings): IssuerVerifier | null {
  const { issuers, verifiedBytes, now } = settings
  if (issuers.size === 0) return null
  const verifier: Verifier = { settings, cache: createVerifiedCache(verifiedBytes) }
  return {
    cached(token) {
      const cached = verifier.cache.get(token)
      if (cached === undefined) return undefined
      const isValid =
        cached.issuer.keys.has(cached.key, now()) &&
        issuerClaimsError(cached.issuer, cached.token.claims, now()) === null
      return isValid ? cached.token : undefined
    },
    verify(text) {
      const token = parseToken(text)
      const issuer = token === null ? undefined : issuers.get(token.claims.iss as string)
      return token === null || issuer === undefined ? null : verifyFor(verifier, issuer, token)
    },
  }
}

function verifyFor(
  verifier: Verifier,
  issuer: IssuerSetting,
  token: UnverifiedToken,
): Awaitable<IssuerTokenResult> {
  const { header } = token
  if (hasCriticalExtension(header)) return 'crit'
  if (mediaType(header.typ) !== issuer.typ) return 'typ'
  if (typeof header.kid !== 'string') return 'kid'
  const at = verifier.settings.now()
  const failed = (cause: unknown): void =>
    verifier.settings.onEvent({ type: 'keys-failed', at, issuer: issuer.issuer, cause })
  const conclude = (key: Key | null | undefined): IssuerTokenResult =>
    key === undefined
      ? refuse('temporarily_unavailable')
      : verifyWithKey(verifier, issuer, token, key)
  const key = issuer.keys.find(header.kid, at, failed)
  return key instanceof Promise ? key.then(conclude) : conclude(key)
}

function verifyWithKey(
  { settings, cache }: Verifier,
  issuer: IssuerSetting,
  { text, header, claims: issuerClaims, input, signature }: UnverifiedToken,
  key: Key | null,
): IssuerTokenResult {
  if (key === null) return 'kid'
  if (key.algorithm.name !== header.alg) return 'alg'
  if (!key.algorithm.verify(key.verifying, input, signature)) return 'signature'
  const { sub: subject } = issuerClaims
  if (typeof subject !== 'string' || subject.length === 0) return 'sub'
  const identity = runCallback<string>(settings, 'issuers', () =>
    checkIdentity(issuer.identity(issuerClaims as Claims)),
  ) as string
  const claims = localClaims(issuerClaims, identity)
  const error = issuerClaimsError(issuer, claims, settings.now())
  if (error !== null) return error
  const from = Object.freeze({ issuer: issuer.issuer, subject })
  const token: VerifiedToken = Object.freeze({ ok: true, kind: 'access', header, claims, from })
  cache.add(text, { token, issuer, key })
  return token
}

function checkIdentity(identity: unknown): string {
  if (typeof identity === 'string') return identity
  throw new TypeError(
    'the option "identity" of an issuer must return a string; an empty one refuses the token',
  )
}

function parseToken(text: string): UnverifiedToken | null {
  const parts = splitToken(text)
  if (typeof parts === 'string') return null
  const [header, claims] = [decodeObject(parts.header), decodeObject(parts.payload)]
  if (header === null || claims === null) return null
  return { text, header, claims, input: parts.input, signature: parts.signature }
}

/**
 * The claims as they count here: with the local identity, never fresh, and without a session,
 * because our sessions are not the issuer's.
 */
function localClaims(
  { sid: _sid, gen: _gen, ...claims }: Record<string, unknown>,
  identity: string,
): Claims {
  return Object.freeze({ ...claims, sub: identity, fresh: false } as unknown as Claims)
}

/** The first error in the claims, including the expiry; null if they are valid at `now`. */
function issuerClaimsError(
  issuer: IssuerSetting,
  claims: Claims,
  now: number,
): TokenFailure | null {
  return claimsError(issuer, claims, now) ?? (isUnexpired(issuer, claims, now) ? null : 'expired')
}
