import { isObject } from './json.ts'
import {
  CALLBACK_SHAPES,
  readCallbacks,
  type CallbackOptions,
  type Callbacks,
} from './options/callbacks.ts'
import {
  COOKIE_SHAPES,
  readCookieOptions,
  type CookieOptions,
  type CookieSettings,
} from './options/cookies.ts'
import {
  ISSUER_SHAPES,
  readIssuers,
  type IssuerOptions,
  type IssuerSettings,
} from './options/issuers.ts'
import { KEY_SHAPES, readKeys, type KeyOptions, type KeySettings } from './options/keys.ts'
import {
  LIFETIME_SHAPES,
  readLifetimes,
  type LifetimeOptions,
  type LifetimeSettings,
} from './options/lifetimes.ts'
import {
  LOCATION_SHAPES,
  readLocations,
  type LocationOptions,
  type LocationSettings,
} from './options/locations.ts'
import {
  validateShapes,
  isFunction,
  isNonEmptyString,
  type OptionShapes,
} from './options/validate.ts'
import {
  readSignInLimits,
  SIGN_IN_LIMIT_SHAPES,
  type SignInLimitOptions,
  type SignInLimitSettings,
} from './options/sign-in-limits.ts'
import { randomBytes as nodeRandomBytes, randomText } from './random.ts'
import { catchListenerErrors } from './catch-listener-errors.ts'
import type { Store } from './store.ts'
import { warnOfFailures } from './warn-of-failures.ts'
import type { AuthEvent } from './events.ts'

/**
 * The options of `createAuth`. Lifetimes are in seconds. Each group of options has a file in
 * `options/`, with its types, defaults and checks.
 */
export interface AuthOptions
  extends
    KeyOptions,
    IssuerOptions,
    LifetimeOptions,
    LocationOptions,
    CookieOptions,
    SignInLimitOptions,
    CallbackOptions {
  /** Where sessions are stored. Without it there are no sessions, only tokens. */
  store?: Store
  /** The claim `iss`: written to every token, and required of every token. */
  issuer?: string
  /** The claim `aud`: written to every token, and required of every token. */
  audience?: string
  /**
   * Called for every event of a session, and for failures. What it throws becomes a warning of the
   * process and changes nothing else. Without it, the first failure of each kind is such a warning.
   */
  onEvent?: (event: AuthEvent) => void
  /** The current time in milliseconds since 1970; `Date.now`. For tests. */
  now?: () => number
  /** Returns `count` random bytes; those of `node:crypto`. For tests. */
  randomBytes?: (count: number) => Uint8Array
}

/** The checked options with their defaults. Times are in milliseconds. Frozen. */
export interface Settings
  extends
    KeySettings,
    IssuerSettings,
    LifetimeSettings,
    LocationSettings,
    CookieSettings,
    SignInLimitSettings {
  callbacks: Callbacks
  store: Store | null
  issuer: string | null
  audience: string | null
  onEvent: (event: AuthEvent) => void
  now: () => number
  randomBytes: (count: number) => Uint8Array
  /** 128 random bits in base64url: 22 characters. */
  randomId: () => string
  /** A random number from 0 to 1. */
  randomFraction: () => number
}

/** What each option must be. */
const SHAPES: OptionShapes<AuthOptions> = {
  ...KEY_SHAPES,
  ...ISSUER_SHAPES,
  store: [
    (value) => isObject(value) && typeof value.rotate === 'function',
    'a store, such as sqliteStore(…) of latchkey/stores/sqlite',
  ],
  issuer: [isNonEmptyString, 'a non-empty string'],
  audience: [isNonEmptyString, 'a non-empty string'],
  ...LIFETIME_SHAPES,
  ...LOCATION_SHAPES,
  ...COOKIE_SHAPES,
  ...SIGN_IN_LIMIT_SHAPES,
  ...CALLBACK_SHAPES,
  onEvent: [isFunction, 'a function'],
  now: [isFunction, 'a function'],
  randomBytes: [isFunction, 'a function'],
}

/**
 * Checks the options and fills in the defaults. Throws a `TypeError` that names the wrong option.
 */
export function readOptions(options: AuthOptions): Settings {
  const input: unknown = options
  if (!isObject(input)) throw new TypeError('createAuth takes an object with options')
  validateShapes(input, SHAPES)
  const { store = null, issuer = null, audience = null, now = Date.now } = options
  const { randomBytes = nodeRandomBytes } = options
  return Object.freeze({
    ...readKeys(options),
    ...readIssuers(options),
    ...readLifetimes(options),
    ...readLocations(options),
    ...readCookieOptions(options),
    ...readSignInLimits(options),
    ...readCallbacks(options),
    store,
    issuer,
    audience,
    now,
    onEvent:
      options.onEvent === undefined
        ? warnOfFailures()
        : catchListenerErrors('the option "onEvent"', options.onEvent),
    randomBytes,
    randomId:
      randomBytes === nodeRandomBytes
        ? () => randomText(16)
        : () => Buffer.from(randomBytes(16)).toString('base64url'),
    randomFraction: () => randomBytes(1)[0]! / 256,
  })
}
