import { startClient } from './internal/client.ts'
import type { ClientOptions } from './internal/options.ts'
import { bearerTransport } from './internal/transports.ts'
import type { Client } from './internal/types.ts'

export { Refused, Replaced, SignedOut, Unreachable } from './internal/errors.ts'
export type { ClientOptions } from './internal/options.ts'
export type { ClientEvent, Initiator, Listener, RefreshCause, State } from './internal/state.ts'
export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'

/**
 * Creates a client in header mode: it stores the tokens itself and sends them in `Authorization`.
 * For an API on another site, or without cookies. Throws a TypeError for an unknown option or an
 * inexact origin.
 */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, bearerTransport)
