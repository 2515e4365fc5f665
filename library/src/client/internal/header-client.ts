import { startClient } from './client.ts'
import { checkOrigin, refuse } from './options.ts'
import type { ClientOptions } from './options.ts'
import { platformOf } from './platform.ts'
import type { ClientStorage, Platform, PlatformOptions } from './platform.ts'
import { bearerTransport } from './transports.ts'
import type { Client } from './types.ts'

/** Starts a client in header mode. `platform`: the defaults for what the options do not replace. */
export function startHeaderClient(
  { storage, fetch, crypto, ...options }: ClientOptions & PlatformOptions,
  platform: Platform,
): Client {
  const given = platformOf({ storage, fetch, crypto })
  return startClient(options, { ...bearerTransport, ...platform, ...given })
}

/** Of a client outside a page, which has no origin and no storage by default. */
export interface DeviceOptions extends ClientOptions, PlatformOptions {
  /** The exact origin of the sign-in server. */
  origin: string
  storage: ClientStorage | 'memory'
}

/**
 * Starts a client that is not in a page. Its session is stored by the origin of its server, so no
 * other server gets the tokens.
 */
export function startDeviceClient(options: DeviceOptions, platform: Platform = {}): Client {
  const { origin, storage } = options
  checkOrigin(origin)
  if (!storage) refuse('storage', 'given')
  // Without the characters that a keychain may refuse in a name.
  const name = `latchkey.${origin.replace(/[^a-z\d]/g, (each) => `_${each.charCodeAt(0)}_`)}`
  return startHeaderClient({ name, ...options }, platform)
}
