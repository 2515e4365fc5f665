import { createTokenChecker } from './check-token.ts'
import { tokenVerbs, type TokenVerbs } from './create-tokens.ts'
import { publicJwks } from './keys.ts'
import { readOptions, type AuthOptions } from './options.ts'
import { claimVerbs, tokenReader, unverifiedHeader, type ReadVerbs } from './read-tokens.ts'
import { createSessionContext } from './session/context.ts'
import { sessionVerbs, type SessionVerbs } from './session/session-methods.ts'
import { withSettings } from './private-settings.ts'

/**
 * Every verb that needs no request. `settingsOf` returns its settings. Verbs that do not fit the
 * options exist as well, and throw: session verbs without a store, `createAccessToken` with one.
 */
export interface AuthCore extends ReadVerbs, TokenVerbs<unknown>, SessionVerbs {
  /**
   * Stops watching the store and forgets the bound connections. Call it before closing the store.
   */
  close(): void
}

/** Checks the options and makes the verbs. Throws a `TypeError` that names the wrong option. */
export function createAuthCore(options: AuthOptions): AuthCore {
  const settings = readOptions(options)
  const context = settings.store && createSessionContext(settings, settings.store)
  const checkToken = createTokenChecker(settings, context)
  const decodeToken = tokenReader(settings)
  const verbs: AuthCore = {
    decodeToken,
    ...claimVerbs(decodeToken),
    unverifiedHeader,
    checkToken,
    jwks: () => publicJwks(settings.keys),
    ...tokenVerbs(settings),
    ...sessionVerbs(context, checkToken),
  }
  return withSettings(verbs, settings)
}
