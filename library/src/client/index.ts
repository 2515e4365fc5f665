import { startClient } from './start-client.ts'
import type { Client } from './client.ts'
import { cookieTransport } from './cookie-transport.ts'
import type { ClientOptions } from './options.ts'

export type { Client, SignInBody, SignInOptions, SignInResult } from './client.ts'
export type { ClientOptions } from './options.ts'
export type { By, ClientEvent, Listener, State, Why } from './state.ts'
export { Replaced, SignedOut, Unreachable } from './errors.ts'

/** A client whose tokens are in HttpOnly cookies, which no script can read: for pages of the same site. */
export const createClient = (options: ClientOptions = {}): Client =>
  startClient(options, cookieTransport)
