import { runCallback } from './token-check-callbacks.ts'
import type { Claims, VerifiedToken } from './claims.ts'
import { refuse, type Refusal } from './errors.ts'
import { issuerClaimsError, type IssuerTokenError } from './issuer-claims.ts'
import { decodeObject } from './json.ts'
import { hasCriticalExtension, mediaType, splitToken } from './jws.ts'
import type { IssuerKey } from './keys/issuer-keys.ts'
import type { IssuerSetting } from './options/issuers.ts'
import type { Settings } from './options.ts'
import type { Awaitable } from './store.ts'
import type { TokenError } from './token-errors.ts'
import { createVerifiedCache, type VerifiedCache } from './verified-cache.ts'

/**
 * The token, or the refusal, whose reason was logged. A `TokenError` if the token is of no trusted
 * issuer. Null if it may be one of ours.
 */
export type IssuerTokenResult = VerifiedToken | Refusal | TokenError | null

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
  key: IssuerKey
  /** As the issuer wrote them. */
  claims: Record<string, unknown>
}

interface Verifier {
  settings: Settings
  cache: VerifiedCache<CachedToken>
}

/** A token is verified with at most so many keys, if several could have signed it. */
const MAX_CANDIDATES = 4

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
        issuerClaimsError(cached.issuer, cached.claims, now()) === null
      return isValid ? cached.token : undefined
    },
    verify(text) {
      const token = parseToken(text)
      if (token === null) return null
      const { iss } = token.claims
      const issuer = findIssuer(settings, token.claims)
      if (issuer === undefined) return iss === (settings.issuer ?? undefined) ? null : 'iss'
      return verifyFor(verifier, issuer, token)
    },
  }
}

/** In the name of an issuer with many tenants: stands for the claim `tid`, a GUID. */
const TENANT = '{tenantid}'
const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

function findIssuer(
  { issuers }: Settings,
  { iss, tid }: Record<string, unknown>,
): IssuerSetting | undefined {
  if (typeof iss !== 'string' || iss.includes(TENANT)) return undefined
  const exact = issuers.get(iss)
  if (exact !== undefined || typeof tid !== 'string' || !GUID.test(tid)) return exact
  return issuers.get(iss.replace(tid, () => TENANT))
}

function verifyFor(
  verifier: Verifier,
  issuer: IssuerSetting,
  token: UnverifiedToken,
): Awaitable<IssuerTokenResult> {
  const { typ, kid } = token.header
  const { settings } = verifier
  const refused = (reason: IssuerTokenError): Refusal => refuseIssuerToken(settings, issuer, reason)
  if (hasCriticalExtension(token.header)) return refused('crit')
  const isUntyped = typ === undefined && issuer.typ === 'jwt'
  if (!isUntyped && mediaType(typ) !== issuer.typ) return refused('typ')
  if (kid !== undefined && typeof kid !== 'string') return refused('kid')
  const at = settings.now()
  const failed = (cause: unknown): void =>
    settings.onEvent({ type: 'keys-failed', at, issuer: issuer.issuer, cause })
  const conclude = (keys: readonly IssuerKey[] | undefined): IssuerTokenResult => {
    if (keys === undefined) return refuse('temporarily_unavailable')
    const result = verifyWithKeys(verifier, issuer, token, keys)
    return typeof result === 'object' && 'ok' in result ? result : refused(result)
  }
  const keys = issuer.keys.find(kid ?? null, at, failed)
  return keys instanceof Promise ? keys.then(conclude) : conclude(keys)
}

function verifyWithKeys(
  { settings, cache }: Verifier,
  issuer: IssuerSetting,
  { text, header, claims: issuerClaims, input, signature }: UnverifiedToken,
  keys: readonly IssuerKey[],
): VerifiedToken | IssuerTokenError {
  const ofIssuer = keys.filter((key) => signsFor(issuer, key, issuerClaims))
  if (ofIssuer.length === 0) return 'kid'
  const candidates = ofIssuer.filter(({ key }) => key.algorithm.name === header.alg)
  if (candidates.length === 0) return 'alg'
  const key = candidates
    .slice(0, MAX_CANDIDATES)
    .find(({ key }) => key.algorithm.verify(key.verifying, input, signature))
  if (key === undefined) return 'signature'
  const error = issuerClaimsError(issuer, issuerClaims, settings.now())
  if (error !== null) return error
  const identity = runCallback<string>(settings, 'issuers', () =>
    checkIdentity(issuer.identity(issuerClaims as Claims)),
  ) as string
  if (identity.length === 0) return 'sub'
  const from = Object.freeze({
    issuer: issuerClaims.iss as string,
    subject: issuerClaims.sub as string,
  })
  const claims = localClaims(issuerClaims, identity)
  const token: VerifiedToken = Object.freeze({ ok: true, kind: 'access', header, claims, from })
  cache.add(text, { token, issuer, key, claims: issuerClaims })
  return token
}

function checkIdentity(identity: unknown): string {
  if (typeof identity === 'string') return identity
  throw new TypeError(
    'the option "identity" of an issuer must return a string; an empty one refuses the token',
  )
}

/** Whether a key may sign for the tenant: some keys in a set for many tenants belong to one. */
function signsFor(
  { issuer }: IssuerSetting,
  { issuer: owner }: IssuerKey,
  { tid }: Record<string, unknown>,
): boolean {
  if (!issuer.includes(TENANT) || owner === null) return true
  return owner.includes(TENANT) || owner.includes(String(tid))
}

/** Logs why a token was refused, and returns the refusal. */
function refuseIssuerToken(
  { onEvent, now }: Settings,
  { issuer }: IssuerSetting,
  error: IssuerTokenError,
): Refusal {
  const { reason, claim } = typeof error === 'string' ? { reason: error } : error
  if (reason === 'expired') return refuse('token_expired')
  onEvent({ type: 'token-refused', at: now(), reason, issuer, ...(claim && { claim }) })
  return refuse('token_invalid')
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
