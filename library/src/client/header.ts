import { startHeaderClient } from './internal/header-client.ts'
import { transact } from './internal/indexed-db.ts'
import { refuse } from './internal/options.ts'
import type { ClientOptions } from './internal/options.ts'
import type { PlatformOptions } from './internal/platform.ts'
import type { Client } from './internal/types.ts'

export { Refused, Replaced, SignedOut, Unreachable } from './internal/errors.ts'
export type { ClientOptions } from './internal/options.ts'
export type { ClientStorage, LockKind, PlatformOptions } from './internal/platform.ts'
export type { RandomSource } from './internal/refresh-attempts.ts'
export type { ClientEvent, Initiator, Listener, RefreshCause, State } from './internal/state.ts'
export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'

/**
 * Creates a client in header mode: it stores the tokens itself and sends them in `Authorization`.
 * For an API on another site, or without cookies. Throws a TypeError for an unknown option, an
 * inexact origin, and what is missing in the runtime.
 */
export function createClient(options: ClientOptions & PlatformOptions = {}): Client {
  const { chrome, location } = globalThis as Globals
  // Its IndexedDB is the one of the page.
  if (!options.storage && chrome?.runtime?.id && location?.protocol.startsWith('http'))
    refuse('createClient', 'for content scripts: ask the service worker of the extension')
  return startHeaderClient(options, { transact })
}

type Globals = Partial<typeof globalThis> & { chrome?: { runtime?: { id?: string } } }
