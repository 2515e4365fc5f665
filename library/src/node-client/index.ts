import { startDeviceClient } from '../client/internal/header-client.ts'
import type { DeviceOptions } from '../client/internal/header-client.ts'
import type { Client } from '../client/header.ts'

export { Refused, Replaced, SignedOut, Unreachable } from '../client/internal/errors.ts'
export type {
  Client,
  ClientEvent,
  ClientOptions,
  ClientStorage,
  Initiator,
  Listener,
  LockKind,
  PlatformOptions,
  RandomSource,
  RefreshCause,
  SignInBody,
  SignInOptions,
  SignInResult,
  State,
} from '../client/header.ts'
export type { DeviceOptions } from '../client/internal/header-client.ts'
export { fileStorage, type Keychain } from './file-storage.ts'

/**
 * Creates a client for a command, or for another process of one person; `storage` is usually
 * `fileStorage(path)`. Throws a TypeError for an unknown option and an inexact origin.
 */
export const createClient = (options: DeviceOptions): Client => startDeviceClient(options)
