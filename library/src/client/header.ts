import { bearerTransport } from './bearer-transport.ts'
import { startClient } from './start-client.ts'
import type { Client } from './client.ts'
import type { ClientOptions } from './options.ts'

export type { Client, SignInBody, SignInOptions, SignInResult } from './client.ts'
export type { ClientOptions } from './options.ts'
export type { By, ClientEvent, Listener, State, Why } from './state.ts'
export { Replaced, SignedOut, Unreachable } from './errors.ts'

/** A client that keeps its tokens itself and sends them in `Authorization`: for an API on another site, or without cookies. */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, bearerTransport)
