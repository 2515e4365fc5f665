import { isFresh, isOlderThan, refuseToken, verifyToken } from './access-token.ts'
import { mapAwaitable } from './awaitable.ts'
import { verifyWithCallbackKey } from './keys-from-callbacks.ts'
import { createCallbackChecks, type CallbackResult } from './token-check-callbacks.ts'
import type { Claims, VerifiedToken } from './claims.ts'
import { refuse, type Refusal } from './errors.ts'
import { createIssuerVerifier, type IssuerVerifier } from './external-issuer-tokens.ts'
import type { Settings } from './options.ts'
import type { SessionContext } from './session/context.ts'
import { endedCode } from './session/decide.ts'
import { createUsageRecorder } from './session/mark-used-generations.ts'
import { decodeRefreshToken } from './session/refresh-token.ts'
import type { Awaitable } from './store.ts'
import type { TokenFailure } from './token-errors.ts'

export interface TokenRequirement {
  /** True: the token must come from a sign-in with credentials and still count as fresh. */
  fresh?: boolean
  /**
   * Seconds: the user must have signed in with credentials no longer ago. A refresh does not count.
   * A token that does not say when is refused.
   */
  maxAge?: number
  /** True: a refresh token that was made without a store is required. */
  refresh?: boolean
  /** False: access and refresh tokens are accepted. Dangerous: a refresh token lives for weeks. */
  verifyType?: boolean
  /**
   * True: a token is accepted although its session has ended or `isRevoked` returns true.
   * Dangerous: it remains usable until it expires.
   */
  skipRevocationCheck?: boolean
}

/** A token that was accepted. `user` is the result of `lookupUser`. */
export type AcceptedToken = VerifiedToken & { readonly user?: unknown }

export type CheckedToken = AcceptedToken | Refusal

/** A further check of a valid token. Returns the refusal, or null to continue. */
export type TokenCheck = (claims: Claims) => Awaitable<Refusal | null>

/** The check of a guard. Throws only what a callback throws, or a `LatchkeySetupError`. */
export type TokenChecker = (
  token: string,
  requirement?: TokenRequirement,
  extraCheck?: TokenCheck,
) => Awaitable<CheckedToken>

/** What the steps of the check share. Null members are steps that the options do not need. */
interface Checker {
  settings: Settings
  sessions: SessionContext | null
  callbackChecks: ReturnType<typeof createCallbackChecks>
  recordUsage: ReturnType<typeof createUsageRecorder> | null
  issuers: IssuerVerifier | null
}

const NO_REQUIREMENT: TokenRequirement = Object.freeze({})

/**
 * Makes the check that every guard runs. It returns a promise only if the store, a callback or an
 * issuer's keys are needed. With a store, each access token made here must belong to a session.
 */
export function createTokenChecker(
  settings: Settings,
  sessions: SessionContext | null,
): TokenChecker {
  const checker: Checker = {
    settings,
    sessions,
    callbackChecks: createCallbackChecks(settings),
    recordUsage: sessions && createUsageRecorder(sessions),
    issuers: createIssuerVerifier(settings),
  }
  const { decodeKey } = settings.callbacks
  if (decodeKey !== null) {
    return (token, requirement = NO_REQUIREMENT, extraCheck) =>
      mapAwaitable(verifyWithCallbackKey(settings, decodeKey, token), (verified) =>
        checkVerified(checker, verified, requirement, settings.now(), extraCheck),
      )
  }
  // The hot path: every request takes it. It reads the clock once and allocates nothing for a token
  // that was verified before.
  return (token, requirement = NO_REQUIREMENT, extraCheck) => {
    const now = settings.now()
    const verified = checker.issuers?.cached(token) ?? verifyToken(settings, token, now)
    return typeof verified === 'string'
      ? checkForeign(checker, token, verified, requirement, extraCheck)
      : checkRequirement(checker, verified, requirement, now, extraCheck)
  }
}

/**
 * Checks a token that did not verify with our keys: it may be an opaque refresh token, or one of
 * another issuer. `failure` is the reason if it is neither.
 */
function checkForeign(
  checker: Checker,
  token: string,
  failure: TokenFailure,
  requirement: TokenRequirement,
  extraCheck?: TokenCheck,
): Awaitable<CheckedToken> {
  const { settings, issuers } = checker
  if (decodeRefreshToken(settings.refreshKeys, token) !== null) return refuse('token_type_invalid')
  const verified = issuers === null ? null : issuers.verify(token)
  return mapAwaitable(verified, (verified) =>
    checkVerified(checker, verified ?? failure, requirement, settings.now(), extraCheck),
  )
}

function checkVerified(
  checker: Checker,
  verified: VerifiedToken | TokenFailure | Refusal,
  requirement: TokenRequirement,
  now: number,
  extraCheck?: TokenCheck,
): Awaitable<CheckedToken> {
  if (typeof verified === 'string') return refuseToken(checker.settings, verified)
  return verified.ok ? checkRequirement(checker, verified, requirement, now, extraCheck) : verified
}

function checkRequirement(
  checker: Checker,
  token: VerifiedToken,
  requirement: TokenRequirement,
  now: number,
  extraCheck?: TokenCheck,
): Awaitable<CheckedToken> {
  const { fresh = false, maxAge, refresh = false, verifyType = true } = requirement
  if (verifyType && token.kind !== (refresh ? 'refresh' : 'access'))
    return refuse('token_type_invalid')
  if (fresh && !isFresh(token.claims, now)) return refuse('fresh_required')
  if (maxAge !== undefined && isOlderThan(token.claims, maxAge, now))
    return { ...refuse('reauthentication_required'), maxAge }
  const refusal = extraCheck === undefined ? null : extraCheck(token.claims)
  if (refusal === null) return checkState(checker, token, requirement, now)
  if (!(refusal instanceof Promise)) return refusal
  return refusal.then(
    (refusal) => refusal ?? checkState(checker, token, requirement, checker.settings.now()),
  )
}

/** Checks what may have changed since the token was made: first its session, then the callbacks. */
function checkState(
  checker: Checker,
  token: VerifiedToken,
  requirement: TokenRequirement,
  now: number,
): Awaitable<CheckedToken> {
  const { sessions, callbackChecks } = checker
  const isOfSession =
    sessions !== null &&
    token.from === undefined &&
    !(requirement.refresh && token.kind === 'refresh')
  const checked = isOfSession
    ? checkSession(checker, sessions, token, now, requirement.skipRevocationCheck)
    : token
  if (callbackChecks === null) return checked
  return mapAwaitable(checked, (checked) =>
    checked.ok ? runCallbackChecks(callbackChecks, checked, requirement) : checked,
  )
}

function checkSession(
  checker: Checker,
  sessions: SessionContext,
  token: VerifiedToken,
  now: number,
  skipRevocationCheck = false,
): Awaitable<CheckedToken> {
  const { sid, iat } = token.claims
  if (typeof sid !== 'string') return refuseToken(checker.settings, 'sid')
  const ended = skipRevocationCheck ? false : sessions.revocations.isEnded(sid, iat * 1000, now)
  if (ended === false) return recordUse(checker, token, sid)
  return sessions.orUnavailable(async () =>
    (await ended) ? refuseEnded(sessions, sid) : recordUse(checker, token, sid),
  )
}

/** The refusal for a session that has ended. Reads the store to say how. */
async function refuseEnded({ store }: SessionContext, sessionId: string): Promise<Refusal> {
  const row = await store.read(sessionId)
  return refuse(row === null ? 'session_unknown' : endedCode(row))
}

function recordUse(
  { recordUsage }: Checker,
  token: VerifiedToken,
  sessionId: string,
): AcceptedToken {
  const { gen } = token.claims
  if (typeof gen === 'number') recordUsage!(sessionId, gen)
  return token
}

function runCallbackChecks(
  callbackChecks: NonNullable<Checker['callbackChecks']>,
  token: AcceptedToken,
  { skipRevocationCheck = false }: TokenRequirement,
): Awaitable<CheckedToken> {
  return mapAwaitable(callbackChecks(token, skipRevocationCheck), (result: CallbackResult) =>
    result.ok ? { ...token, user: result.user } : result,
  )
}
