import { startClient } from './internal/client.ts'
import { transact } from './internal/indexed-db.ts'
import type { ClientOptions } from './internal/options.ts'
import { cookieTransport } from './internal/transports.ts'
import type { Client } from './internal/types.ts'

export { Refused, Replaced, SignedOut, Unreachable } from './internal/errors.ts'
export type { ClientOptions } from './internal/options.ts'
export type { ClientEvent, Initiator, Listener, RefreshCause, State } from './internal/state.ts'
export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'

/**
 * Creates a client in cookie mode: the tokens are in HttpOnly cookies, which no script can read.
 * For pages on the same site as the sign-in server. Throws a TypeError for an unknown option or an
 * inexact origin.
 */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, { ...cookieTransport, transact })
