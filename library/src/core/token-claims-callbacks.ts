import { checkClaims } from './access-token.ts'
import { isThenable } from './token-check-callbacks.ts'
import { isObject } from './json.ts'
import type { Callbacks } from './options/callbacks.ts'
import type { Awaitable } from './store.ts'

/** What the callbacks `identity`, `claims` and `headers` return for the tokens of a user. */
export interface TokenAdditions {
  identity: unknown
  claims: Record<string, unknown> | undefined
  headers: Record<string, unknown> | undefined
}

/**
 * Calls `identity`, `claims` and `headers` for a user. Returns a promise only if one of them does.
 * Throws or rejects with their own errors.
 */
export function tokenAdditions(
  { identity, claims, headers }: Pick<Callbacks, 'identity' | 'claims' | 'headers'>,
  user: unknown,
): Awaitable<TokenAdditions> {
  if (identity === null && claims === null && headers === null)
    return { identity: user, claims: undefined, headers: undefined }
  const results = [identity ? identity(user) : user, claims?.(user), headers?.(user)]
  return results.some(isThenable)
    ? Promise.all(results).then(checkAdditions)
    : checkAdditions(results)
}

function checkAdditions([identity, claims, headers]: unknown[]): TokenAdditions {
  for (const [name, value] of Object.entries({ claims, headers })) {
    if (value !== undefined && !isObject(value))
      throw new TypeError(`the option "${name}" must return an object`)
  }
  return {
    identity,
    claims: claims as TokenAdditions['claims'],
    headers: headers as TokenAdditions['headers'],
  }
}

/**
 * The same for a token of a session, whose identity is known. Null if there is no callback. Throws
 * a `TypeError` if a claim is reserved.
 */
export function sessionAdditions(
  { claims, headers }: Callbacks,
  identity: string,
): Awaitable<TokenAdditions> | null {
  if (claims === null && headers === null) return null
  const additions = tokenAdditions({ claims, headers, identity: null }, identity)
  const checked = (additions: TokenAdditions): TokenAdditions => {
    checkClaims(identity, additions.claims)
    return additions
  }
  return additions instanceof Promise ? additions.then(checked) : checked(additions)
}

/** Merges two objects; members of the second win. Returns undefined if both are undefined. */
export function mergeObjects<T extends object>(
  first: T | undefined,
  second: T | undefined,
): T | undefined {
  return first === undefined ? second : second === undefined ? first : { ...first, ...second }
}
