import { startClient } from './internal/client.ts'
import type { Client } from './internal/types.ts'
import { cookieTransport } from './internal/transports.ts'
import type { ClientOptions } from './internal/options.ts'

export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'
export type { ClientOptions } from './internal/options.ts'
export type {
  Initiator as By,
  ClientEvent,
  Listener,
  State,
  RefreshCause as Why,
} from './internal/state.ts'
export { Replaced, SignedOut, Unreachable } from './internal/errors.ts'

/** A client whose tokens are in HttpOnly cookies, which no script can read: for pages of the same site. */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, cookieTransport)
