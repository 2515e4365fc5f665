import { isThenable } from './check-callbacks.ts'
import type { Callbacks } from './options/callbacks.ts'
import { isObject } from './json.ts'
import { checkClaims } from './access-token.ts'
import type { Awaitable } from './store.ts'

/** What the callbacks add to the tokens of somebody. */
export interface TokenAdditions {
  identity: unknown
  claims: Record<string, unknown> | undefined
  headers: Record<string, unknown> | undefined
}

/** Asks `identity`, `claims` and `headers` of the application, at once where they answer at once. Throws what they throw. */
export function tokenAdditions(
  { identity, claims, headers }: Callbacks,
  user: unknown,
): Awaitable<TokenAdditions> {
  if (identity === null && claims === null && headers === null)
    return { identity: user, claims: undefined, headers: undefined }
  const answers = [identity ? identity(user) : user, claims?.(user), headers?.(user)]
  return answers.some(isThenable) ? Promise.all(answers).then(checked) : checked(answers)
}

function checked([identity, claims, headers]: unknown[]): TokenAdditions {
  for (const [name, value] of Object.entries({ claims, headers })) {
    if (value !== undefined && !isObject(value))
      throw new TypeError(`the option "${name}" must answer an object`)
  }
  return {
    identity,
    claims: claims as TokenAdditions['claims'],
    headers: headers as TokenAdditions['headers'],
  }
}

/** The same for a token of a session, whose identity is known; null where there is nothing to ask. */
export function sessionAdditions(
  { claims, headers }: Callbacks,
  identity: string,
): Awaitable<TokenAdditions> | null {
  if (claims === null && headers === null) return null
  const added = tokenAdditions({ claims, headers, identity: null } as Callbacks, identity)
  const sound = (additions: TokenAdditions): TokenAdditions => {
    checkClaims(identity, additions.claims)
    return additions
  }
  return added instanceof Promise ? added.then(sound) : sound(added)
}

/** The first object with the second above it; undefined where there is neither. */
export function mergeObjects<T extends object>(
  below: T | undefined,
  above: T | undefined,
): T | undefined {
  return below === undefined ? above : above === undefined ? below : { ...below, ...above }
}
