import { mapAwaitable } from './awaitable.ts'
import { verifyWithCallbackKey } from './callback-keys.ts'
import { createCallbackChecks, type CallbackResult } from './check-callbacks.ts'
import { refuse, type Refusal } from './errors.ts'
import { createIssuerVerifier } from './issuer-tokens.ts'
import type { Settings } from './options.ts'
import type { SessionContext } from './session/context.ts'
import { endedCode } from './session/decide.ts'
import { decodeRefreshToken } from './session/refresh-token.ts'
import { createUsageRecorder } from './session/generation-usage.ts'
import type { Awaitable } from './store.ts'
import {
  isFresh,
  verifyToken,
  refuseToken,
  type Claims,
  type VerifiedToken,
  type TokenFailure,
} from './access-token.ts'

export interface TokenRequirement {
  /** The token must come from a sign-in with credentials, and still count as fresh. */
  fresh?: boolean
  /** A refresh token made without a store is wanted, and nothing else. */
  refresh?: boolean
  /** False takes access and refresh tokens alike. Dangerous: a refresh token lives for weeks. */
  verifyType?: boolean
  /** True takes a token whose session has ended, or that `isRevoked` would refuse. Dangerous: it opens the route until it expires. */
  skipRevocationCheck?: boolean
}

/** A token that passed. `user` is what `lookupUser` answered. */
export type AcceptedToken = VerifiedToken & { readonly user?: unknown }

export type CheckedToken = AcceptedToken | Refusal

/** A further check of a token that is good so far: it answers a refusal, or null to go on. */
export type TokenCheck = (claims: Claims) => Awaitable<Refusal | null>

/**
 * Makes the check that every guard runs. It answers at once unless the store must be asked, and never throws for a token.
 * With a store each token must belong to a session, so that it can be ended.
 */
export function createTokenChecker(
  settings: Settings,
  sessions: SessionContext | null,
): (
  token: string,
  requirement?: TokenRequirement,
  objection?: TokenCheck,
) => Awaitable<CheckedToken> {
  const questions = createCallbackChecks(settings)
  const note = sessions && createUsageRecorder(sessions)
  const foreign = createIssuerVerifier(settings)

  async function whyEnded(sessionId: string): Promise<Refusal> {
    const row = await sessions!.store.read(sessionId)
    return refuse(row === null ? 'session_unknown' : endedCode(row))
  }

  function unlessEnded(
    checked: AcceptedToken,
    now: number,
    skipRevocationCheck = false,
  ): Awaitable<CheckedToken> {
    const { sid, iat } = checked.claims
    if (typeof sid !== 'string') return refuseToken(settings, 'sid')
    const ended = skipRevocationCheck ? false : sessions!.revocations.isEnded(sid, iat * 1000, now)
    if (ended === false) return used(checked, sid)
    return sessions!.orUnavailable(async () => ((await ended) ? whyEnded(sid) : used(checked, sid)))
  }

  function used(checked: AcceptedToken, sid: string): AcceptedToken {
    const { gen } = checked.claims
    if (typeof gen === 'number') note!(sid, gen)
    return checked
  }

  function askApplication(
    checked: AcceptedToken,
    { skipRevocationCheck = false }: TokenRequirement,
  ): Awaitable<CheckedToken> {
    const verdict = questions!(checked, skipRevocationCheck)
    return verdict instanceof Promise
      ? verdict.then((late) => withUser(checked, late))
      : withUser(checked, verdict)
  }

  function checkRead(
    read: VerifiedToken,
    requirement: TokenRequirement,
    now: number,
  ): Awaitable<CheckedToken> {
    const own = read.from === undefined && !(requirement.refresh && read.kind === 'refresh')
    const alive =
      sessions === null || !own ? read : unlessEnded(read, now, requirement.skipRevocationCheck)
    return questions === null
      ? alive
      : mapAwaitable(alive, (late) => (late.ok ? askApplication(late, requirement) : late))
  }

  function checkKind(
    read: VerifiedToken,
    requirement: TokenRequirement,
    now: number,
    objection?: TokenCheck,
  ): Awaitable<CheckedToken> {
    const { fresh = false, refresh = false, verifyType = true } = requirement
    if (verifyType && read.kind !== (refresh ? 'refresh' : 'access'))
      return refuse('token_type_invalid')
    if (fresh && !isFresh(read.claims, now)) return refuse('fresh_required')
    const refusal = objection === undefined ? null : objection(read.claims)
    if (refusal === null) return checkRead(read, requirement, now)
    return refusal instanceof Promise
      ? refusal.then((late) => late ?? checkRead(read, requirement, settings.now()))
      : refusal
  }

  function conclude(
    read: Reading,
    requirement: TokenRequirement,
    now: number,
    objection?: TokenCheck,
  ): Awaitable<CheckedToken> {
    if (typeof read === 'string') return refuseToken(settings, read)
    return read.ok ? checkKind(read, requirement, now, objection) : read
  }

  /** A token that is none of our own access or refresh tokens. */
  function checkOther(
    token: string,
    flaw: TokenFailure,
    requirement: TokenRequirement,
    objection?: TokenCheck,
  ): Awaitable<CheckedToken> {
    if (decodeRefreshToken(settings.refreshKeys, token) !== null)
      return refuse('token_type_invalid')
    const theirs = foreign === null ? null : foreign.verify(token)
    return mapAwaitable(theirs, (late) =>
      conclude(late ?? flaw, requirement, settings.now(), objection),
    )
  }

  const { decodeKey } = settings.callbacks
  if (decodeKey !== null) {
    return (token, requirement = NOTHING, objection) =>
      mapAwaitable(verifyWithCallbackKey(settings, decodeKey, token), (read) =>
        conclude(read, requirement, settings.now(), objection),
      )
  }
  // Every request of a product comes this way: one look at the clock, and nothing is made that a good token does not need.
  return (token, requirement = NOTHING, objection) => {
    const now = settings.now()
    const read = foreign?.cached(token) ?? verifyToken(settings, token, now)
    return typeof read === 'string'
      ? checkOther(token, read, requirement, objection)
      : checkKind(read, requirement, now, objection)
  }
}

/** What became of a token before anything was asked about it. */
type Reading = VerifiedToken | TokenFailure | Refusal

const NOTHING: TokenRequirement = Object.freeze({})

const withUser = (checked: AcceptedToken, verdict: CallbackResult): CheckedToken =>
  verdict.ok ? { ...checked, user: verdict.user } : verdict
