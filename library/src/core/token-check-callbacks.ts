import { refuse, type Refusal } from './errors.ts'
import type { CallbackFailure } from './events.ts'
import type { Callbacks, TokenParts } from './options/callbacks.ts'
import type { Awaitable } from './store.ts'
import { toError } from './to-error.ts'

/** What the application's callbacks decided about a token: its user, or a refusal. */
export type CallbackResult = { ok: true; user: unknown } | Refusal

/** The settings that running callbacks needs. */
export interface CallbackDeps {
  callbacks: Callbacks
  now: () => number
  onEvent: (event: CallbackFailure) => void
}

interface Check {
  name: keyof Callbacks
  run: (token: TokenParts) => unknown
  /** The refusal that a result means, or null. Throws if the result is invalid. */
  refusalFor: (result: unknown) => Refusal | null
}

const ACCEPTED: CallbackResult = Object.freeze({ ok: true, user: undefined })

/**
 * Combines `isRevoked`, `verifyClaims` and `lookupUser` into one check of a verified token. Returns
 * null if the application has none of them. If a callback throws, rejects or returns a value that
 * its type does not allow, so does the check.
 */
export function createCallbackChecks(
  deps: CallbackDeps,
): ((token: TokenParts, skipRevocationCheck: boolean) => Awaitable<CallbackResult>) | null {
  const { isRevoked, verifyClaims, lookupUser } = deps.callbacks
  const checks: Check[] = []
  if (verifyClaims)
    checks.push({
      name: 'verifyClaims',
      run: verifyClaims,
      refusalFor: (result) => (result === true ? null : refuse('claims_refused')),
    })
  if (lookupUser)
    checks.push({
      name: 'lookupUser',
      run: lookupUser,
      refusalFor: (user) => (user === null || user === undefined ? refuse('user_unknown') : null),
    })
  const allChecks: Check[] = isRevoked
    ? [{ name: 'isRevoked', run: isRevoked, refusalFor: revocationRefusal }, ...checks]
    : checks
  if (allChecks.length === 0) return null
  return (token, skipRevocationCheck) =>
    runFrom(deps, skipRevocationCheck ? checks : allChecks, 0, token)
}

/** A callback without a return statement has not said that the token is valid. */
function revocationRefusal(result: unknown): Refusal | null {
  if (result === false) return null
  if (!result) throw new TypeError('isRevoked must return true or false')
  return refuse('token_revoked')
}

/** Runs the checks in order, starting at `index`. `lookupUser` is always the last. */
function runFrom(
  deps: CallbackDeps,
  checks: readonly Check[],
  index: number,
  token: TokenParts,
): Awaitable<CallbackResult> {
  const check = checks[index]
  if (check === undefined) return ACCEPTED
  const conclude = (result: unknown): Awaitable<CallbackResult> => {
    const refusal = check.refusalFor(result)
    if (refusal !== null) return refusal
    return check.name === 'lookupUser'
      ? { ok: true, user: result }
      : runFrom(deps, checks, index + 1, token)
  }
  return runCallback(deps, check.name, () => {
    const result = check.run(token)
    return isThenable(result) ? Promise.resolve(result).then(conclude) : conclude(result)
  })
}

/**
 * Runs code that calls a callback of the application. What it throws or rejects with is reported as
 * `callback-failed`, and thrown on: the framework's error handler gets it.
 */
export function runCallback<T>(
  deps: Omit<CallbackDeps, 'callbacks'>,
  name: string,
  run: () => Awaitable<T>,
): Awaitable<T> {
  const failed = (cause: unknown): never => {
    deps.onEvent({ type: 'callback-failed', name, at: deps.now(), cause })
    throw toError(cause, `the option "${name}"`)
  }
  try {
    const result = run()
    return result instanceof Promise ? result.catch(failed) : result
  } catch (cause) {
    return failed(cause)
  }
}

/** Whether a value can be awaited. Query builders are thenables, but not instances of `Promise`. */
export function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
