import { bearerTransport } from './bearer-transport.ts'
import { startClient } from './client.ts'
import type { Client } from './client.ts'
import type { ClientOptions } from './options.ts'

export type { Client } from './client.ts'
export type { ClientOptions } from './options.ts'
export type { SignInBody, SignInOptions, SignInResult } from './signing.ts'
export type { By, ClientEvent, Listener, State, Why } from './state.ts'
export { Replaced, SignedOut, Unreachable } from './errors.ts'

/** A client that keeps its tokens itself and sends them in `Authorization`: for an API on another site, or without cookies. */
export const createClient = (options: ClientOptions = {}): Client => startClient(options, bearerTransport)
