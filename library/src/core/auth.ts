import { createTokenChecker } from './check-token.ts'
import { tokenMethods, type TokenMethods } from './create-tokens.ts'
import { publicJwks } from './keys.ts'
import { readOptions, type AuthOptions } from './options.ts'
import { claimMethods, tokenReader, unverifiedHeader, type ReadMethods } from './read-tokens.ts'
import { createSessionContext } from './session/context.ts'
import {
  sessionMethods,
  type InternalSessionMethods,
  type SessionMethods,
} from './session/session-methods.ts'
import { withSettings } from './settings-of-auth.ts'

/**
 * Every method that needs no request. `settingsOf` returns its settings. Methods that do not fit
 * the options exist as well, and throw: session methods without a store, `createAccessToken` with
 * one.
 */
export interface AuthCore
  extends ReadMethods, TokenMethods<unknown>, SessionMethods, InternalSessionMethods {
  /**
   * Stops watching the store and forgets the bound connections. Call it before closing the store.
   */
  close(): void
}

/** Checks the options and makes the methods. Throws a `TypeError` that names the wrong option. */
export function createAuthCore(options: AuthOptions): AuthCore {
  const settings = readOptions(options)
  const context = settings.store && createSessionContext(settings, settings.store)
  const checkToken = createTokenChecker(settings, context)
  const decodeToken = tokenReader(settings)
  const methods: AuthCore = {
    decodeToken,
    ...claimMethods(decodeToken),
    unverifiedHeader,
    checkToken,
    jwks: () => publicJwks(settings.keys),
    ...tokenMethods(settings),
    ...sessionMethods(context, checkToken),
  }
  return withSettings(methods, settings)
}
