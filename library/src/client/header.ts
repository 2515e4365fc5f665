import { bearerTransport } from './bearer-transport.ts'
import { startClient } from './internal/client.ts'
import type { Client } from './internal/types.ts'
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

/** A client that keeps its tokens itself and sends them in `Authorization`: for an API on another site, or without cookies. */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, bearerTransport)
