import { startClient } from './internal/client.ts'
import type { ClientOptions } from './internal/options.ts'
import { platformOf } from './internal/platform.ts'
import type { PlatformOptions } from './internal/platform.ts'
import { bearerTransport } from './internal/transports.ts'
import type { Client } from './internal/types.ts'

export { Refused, Replaced, SignedOut, Unreachable } from './internal/errors.ts'
export type { ClientOptions } from './internal/options.ts'
export type { ClientStorage, PlatformOptions } from './internal/platform.ts'
export type { RandomSource } from './internal/refresh-attempts.ts'
export type { ClientEvent, Initiator, Listener, RefreshCause, State } from './internal/state.ts'
export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'

/**
 * Creates a client in header mode: it stores the tokens itself and sends them in `Authorization`.
 * For an API on another site, or without cookies. Throws a TypeError for an unknown option, an
 * inexact origin, and what is missing in the runtime.
 */
export function createClient(options: ClientOptions & PlatformOptions = {}): Client {
  const { storage, fetch, crypto, ...rest } = options
  return startClient(rest, { ...bearerTransport, ...platformOf({ storage, fetch, crypto }) })
}
