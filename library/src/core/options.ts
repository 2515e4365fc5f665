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
import { randomBytes, randomText } from './random.ts'
import { catchListenerErrors } from './catch-listener-errors.ts'
import type { Store } from './store.ts'
import type { AuthEvent } from './events.ts'

/** What `createAuth` takes. Lifetimes are in seconds. Each group of options has a file of its own, with its part of the table below. */
export interface AuthOptions
  extends
    KeyOptions,
    IssuerOptions,
    LifetimeOptions,
    LocationOptions,
    CookieOptions,
    CallbackOptions {
  /** Where sessions are kept. Without one there are tokens, but no sessions. */
  store?: Store
  /** The claim `iss`, written and required. */
  issuer?: string
  /** The claim `aud`, written and required. */
  audience?: string
  /** Told of everything that happens to a session. What it throws changes nothing: it is a warning of the process. */
  onEvent?: (event: AuthEvent) => void
  /** Milliseconds since 1970. */
  now?: () => number
  randomBytes?: (count: number) => Uint8Array
}

/** The options after the check: complete, in milliseconds, frozen. */
export interface Settings
  extends KeySettings, IssuerSettings, LifetimeSettings, LocationSettings, CookieSettings {
  callbacks: Callbacks
  store: Store | null
  issuer: string | null
  audience: string | null
  onEvent: (event: AuthEvent) => void
  now: () => number
  random: (count: number) => Uint8Array
  /** 128 random bits in base64url: 22 characters. */
  randomId: () => string
  /** From 0 up to 1. */
  randomShare: () => number
}

/** Each option and what it must be. A name that is not here is refused. */
const SHAPES: OptionShapes<AuthOptions> = {
  ...KEY_SHAPES,
  ...ISSUER_SHAPES,
  store: [
    (value) => isObject(value) && typeof value.rotate === 'function',
    'a store, such as sqliteStore(…) of latchkey/stores/sqlite',
  ],
  issuer: [isNonEmptyString, 'a string that is not empty'],
  audience: [isNonEmptyString, 'a string that is not empty'],
  ...LIFETIME_SHAPES,
  ...LOCATION_SHAPES,
  ...COOKIE_SHAPES,
  ...CALLBACK_SHAPES,
  onEvent: [isFunction, 'a function'],
  now: [isFunction, 'a function'],
  randomBytes: [isFunction, 'a function'],
}

/** Checks the options and fills in the defaults. Throws a `TypeError` that names the option and says what is allowed. */
export function readOptions(options: AuthOptions): Settings {
  const given: unknown = options
  if (!isObject(given)) throw new TypeError('createAuth takes an object of options')
  validateShapes(given, SHAPES)
  const { store = null, issuer = null, audience = null, now = Date.now } = options
  const { randomBytes: random = randomBytes } = options
  return Object.freeze({
    ...readKeys(options),
    ...readIssuers(options),
    ...readLifetimes(options),
    ...readLocations(options),
    ...readCookieOptions(options),
    ...readCallbacks(options),
    store,
    issuer,
    audience,
    now,
    onEvent:
      options.onEvent === undefined
        ? () => {}
        : catchListenerErrors('the option "onEvent"', options.onEvent),
    random,
    randomId:
      random === randomBytes
        ? () => randomText(16)
        : () => Buffer.from(random(16)).toString('base64url'),
    randomShare: () => random(1)[0]! / 256,
  })
}
