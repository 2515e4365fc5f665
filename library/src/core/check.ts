import { whenReady } from './awaitable.ts'
import { readWithKey } from './callback-keys.ts'
import { tokenQuestions, type Verdict } from './callbacks.ts'
import { refuse, type Refusal } from './errors.ts'
import { foreignTokens, type ForeignRead } from './foreign.ts'
import type { Settings } from './options.ts'
import type { SessionContext } from './session/context.ts'
import { endedCode } from './session/decide.ts'
import { readRefreshToken } from './session/refresh-token.ts'
import { noteUsed } from './session/used.ts'
import type { Awaitable } from './store.ts'
import { isFresh, readToken, refuseFor, type Claims, type ReadToken, type Unreadable } from './token.ts'

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
export type AcceptedToken = ReadToken & { readonly user?: unknown }

export type CheckedToken = AcceptedToken | Refusal

/** A further check of a token that is good so far: it answers a refusal, or null to go on. */
export type Objection = (claims: Claims) => Awaitable<Refusal | null>

/**
 * Makes the check that every guard runs. It answers at once unless the store must be asked, and never throws for a token.
 * With a store each token must belong to a session, so that it can be ended.
 */
export function tokenChecker(
  settings: Settings,
  sessions: SessionContext | null,
): (token: string, requirement?: TokenRequirement, objection?: Objection) => Awaitable<CheckedToken> {
  const questions = tokenQuestions(settings)
  const note = sessions && noteUsed(sessions)
  const foreign = foreignTokens(settings)

  async function whyEnded(sessionId: string): Promise<Refusal> {
    const row = await sessions!.store.read(sessionId)
    return refuse(row === null ? 'session_unknown' : endedCode(row))
  }

  function unlessEnded(checked: AcceptedToken, skipRevocationCheck = false): Awaitable<CheckedToken> {
    const { sid, gen, iat } = checked.claims
    if (typeof sid !== 'string') return refuseFor(settings, 'sid')
    const pass = (): CheckedToken => {
      if (typeof gen === 'number') note!(sid, gen)
      return checked
    }
    if (skipRevocationCheck) return pass()
    const ended = sessions!.revocations.isEnded(sid, iat * 1000)
    if (ended === false) return pass()
    return sessions!.orRetry(async () => ((await ended) ? whyEnded(sid) : pass()))
  }

  function askApplication(checked: AcceptedToken, { skipRevocationCheck = false }: TokenRequirement): Awaitable<CheckedToken> {
    const verdict = questions!(checked, skipRevocationCheck)
    return verdict instanceof Promise ? verdict.then((late) => withUser(checked, late)) : withUser(checked, verdict)
  }

  function checkRead(read: ReadToken, requirement: TokenRequirement): Awaitable<CheckedToken> {
    const own = read.from === undefined && !(requirement.refresh && read.kind === 'refresh')
    const alive = sessions === null || !own ? read : unlessEnded(read, requirement.skipRevocationCheck)
    if (questions === null) return alive
    if (alive instanceof Promise) return alive.then((late) => (late.ok ? askApplication(late, requirement) : late))
    return alive.ok ? askApplication(alive, requirement) : alive
  }

  const { decodeKey } = settings.callbacks
  if (decodeKey !== null) {
    const conclude = (read: ReadToken | Unreadable | Refusal, requirement: TokenRequirement, objection?: Objection): Awaitable<CheckedToken> =>
      typeof read === 'string' ? refuseFor(settings, read) : read.ok ? checkKind(read, requirement, objection) : read
    return (token, requirement = NOTHING, objection) => whenReady(readWithKey(settings, decodeKey, token), (read) => conclude(read, requirement, objection))
  }
  return (token, requirement = NOTHING, objection) => {
    const read = foreign?.known(token) ?? readToken(settings, token)
    if (typeof read === 'object') return checkKind(read, requirement, objection)
    if (readRefreshToken(settings.refreshKeys, token) !== null) return refuse('token_type_wrong')
    const conclude = (theirs: ForeignRead): Awaitable<CheckedToken> => {
      if (theirs === null) return refuseFor(settings, read)
      if (typeof theirs === 'string') return refuseFor(settings, theirs)
      return theirs.ok ? checkKind(theirs, requirement, objection) : theirs
    }
    const theirs = foreign === null ? null : foreign.read(token)
    return theirs instanceof Promise ? theirs.then(conclude) : conclude(theirs)
  }

  function checkKind(read: ReadToken, requirement: TokenRequirement, objection?: Objection): Awaitable<CheckedToken> {
    const { fresh = false, refresh = false, verifyType = true } = requirement
    if (verifyType && read.kind !== (refresh ? 'refresh' : 'access')) return refuse('token_type_wrong')
    if (fresh && !isFresh(read.claims, settings.now())) return refuse('fresh_required')
    const refusal = objection === undefined ? null : objection(read.claims)
    if (refusal === null) return checkRead(read, requirement)
    return refusal instanceof Promise ? refusal.then((late) => late ?? checkRead(read, requirement)) : refusal
  }
}

const NOTHING: TokenRequirement = Object.freeze({})

const withUser = (checked: AcceptedToken, verdict: Verdict): CheckedToken => (verdict.ok ? { ...checked, user: verdict.user } : verdict)
