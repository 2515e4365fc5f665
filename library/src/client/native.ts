import { startDeviceClient } from './internal/header-client.ts'
import type { DeviceOptions } from './internal/header-client.ts'
import { refuse } from './internal/options.ts'
import type { Platform } from './internal/platform.ts'
import type { Client } from './internal/types.ts'

export { Refused, Replaced, SignedOut, Unreachable } from './internal/errors.ts'
export type { DeviceOptions } from './internal/header-client.ts'
export type { ClientOptions } from './internal/options.ts'
export type { ClientStorage, LockKind, PlatformOptions } from './internal/platform.ts'
export type { RandomSource } from './internal/refresh-attempts.ts'
export { secureStorage, type SecureStore } from './internal/secure-storage.ts'
export type { ClientEvent, Initiator, Listener, RefreshCause, State } from './internal/state.ts'
export type { Client, SignInBody, SignInOptions, SignInResult } from './internal/types.ts'

/** The parts of `AppState` of React Native that are used. */
export interface AppState {
  readonly currentState: string | null
  addEventListener(type: 'change', listener: () => void): { remove(): void }
}

export interface NativeOptions extends DeviceOptions {
  /** `AppState` of React Native: in the background the client does nothing. */
  appState?: AppState
}

/**
 * Creates a client for React Native and Expo; `storage` is usually `secureStorage(SecureStore)`.
 * Throws a TypeError for an unknown option and an inexact origin.
 */
export function createClient({ appState, ...options }: NativeOptions): Client {
  if (appState && typeof appState.addEventListener !== 'function')
    refuse('appState', 'the AppState of React Native')
  return startDeviceClient(options, appState && watch(appState))
}

const watch = (appState: AppState): Platform => ({
  isHidden: () => appState.currentState === 'background',
  onWake(listener, signal) {
    const subscription = appState.addEventListener('change', listener)
    signal.addEventListener('abort', () => subscription.remove())
  },
})
