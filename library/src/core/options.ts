import type { Location } from '../protocol.ts'
import { isObject } from './json.ts'
import { keyFromJwk, keyFromSecret, secretBytes, type Key } from './keys.ts'
import { randomBytes } from './random.ts'
import { refreshKey, type RefreshKey } from './session/refresh-token.ts'
import type { AuthEvent } from './session/events.ts'
import type { Store } from './store.ts'

/** What `createAuth` takes. Lifetimes are in seconds. */
export interface AuthOptions {
  /** At least 32 bytes. Signs access tokens (HS256) unless `keys` are given, and refresh tokens always. Of several the first signs, all are accepted. */
  secret?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /** Private JWKs with `alg`. The first signs access tokens; all are accepted; their public halves are published. */
  keys?: ReadonlyArray<object>
  /** Where sessions are kept. Without one there are tokens, but no sessions. */
  store?: Store
  /** The claim `iss`, written and required. */
  issuer?: string
  /** The claim `aud`, written and required. */
  audience?: string
  /** Life of an access token; 5 minutes. Up to 5 % is taken off at random, so that clients do not all come back at once. */
  accessLifetime?: number
  /** Life of a refresh token made without a store; 30 days. */
  refreshLifetime?: number
  /** A session that is not refreshed for so long ends; 30 days. */
  idleLifetime?: number
  /** A session ends so long after its sign-in; 90 days. */
  absoluteLifetime?: number
  /** A generation is handed out again for so long rather than rotated; 30 seconds. */
  grace?: number
  /** Where tokens are looked for, in this order; `['headers', 'cookies']`. */
  locations?: readonly Location[]
  /** Origins whose pages may send cookies with a changing request, such as `https://app.example`. */
  origins?: readonly string[]
  /** `strict` or `lax` (the default). */
  sameSite?: 'lax' | 'strict'
  /** Cookies without `Secure` and without the prefix `__Host-`, for plain http on this machine. Anybody on the network can read them. */
  dangerouslyInsecureCookies?: boolean
  /** Told of everything that happens to a session. Must not throw. */
  onEvent?: (event: AuthEvent) => void
  /** Milliseconds since 1970. */
  now?: () => number
  randomBytes?: (count: number) => Uint8Array
}

/** The options after the check: complete, in milliseconds, frozen. */
export interface Settings {
  keys: readonly Key[]
  signingKey: Key
  refreshKeys: readonly RefreshKey[]
  store: Store | null
  issuer: string | null
  audience: string | null
  accessLifetime: number
  refreshLifetime: number
  idleLifetime: number
  absoluteLifetime: number
  grace: number
  locations: readonly Location[]
  origins: ReadonlySet<string>
  sameSite: 'Lax' | 'Strict'
  secureCookies: boolean
  onEvent: (event: AuthEvent) => void
  now: () => number
  /** 128 random bits in base64url: 22 characters. */
  randomId: () => string
  /** From 0 up to 1. */
  randomShare: () => number
}

const DAY = 24 * 60 * 60
const LIFETIMES = { accessLifetime: 300, refreshLifetime: 30 * DAY, idleLifetime: 30 * DAY, absoluteLifetime: 90 * DAY, grace: 30 }
const LOCATIONS: readonly Location[] = ['headers', 'cookies', 'json']

/** Each option and what it must be. A name that is not here is refused. */
const SHAPES: Record<keyof AuthOptions, [test: (value: unknown) => boolean, shape: string]> = {
  secret: [(value) => typeof value === 'string' || value instanceof Uint8Array || isFilled(value), 'a string, bytes, or several of them'],
  keys: [isFilled, 'an array of at least one JWK'],
  store: [(value) => isObject(value) && typeof value.rotate === 'function', 'a store, such as sqliteStore(…) of latchkey/stores/sqlite'],
  issuer: [isText, 'a string that is not empty'],
  audience: [isText, 'a string that is not empty'],
  accessLifetime: [isSeconds, 'a number of seconds above 0'],
  refreshLifetime: [isSeconds, 'a number of seconds above 0'],
  idleLifetime: [isSeconds, 'a number of seconds above 0'],
  absoluteLifetime: [isSeconds, 'a number of seconds above 0'],
  grace: [isSeconds, 'a number of seconds above 0'],
  locations: [(value) => isFilled(value) && value.every((each) => LOCATIONS.includes(each as Location)), `an array of ${LOCATIONS.join(', ')}`],
  origins: [(value) => Array.isArray(value) && value.every(isOrigin), 'an array of origins such as https://app.example, without a path'],
  sameSite: [(value) => value === 'lax' || value === 'strict', '"lax" or "strict"'],
  dangerouslyInsecureCookies: [(value) => typeof value === 'boolean', 'true or false'],
  onEvent: [isFunction, 'a function'],
  now: [isFunction, 'a function'],
  randomBytes: [isFunction, 'a function'],
}

/** Checks the options and fills in the defaults. Throws a `TypeError` that names the option and says what is allowed. */
export function readOptions(options: AuthOptions): Settings {
  const given: unknown = options
  if (!isObject(given)) throw new TypeError('createAuth takes an object of options')
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(SHAPES, name)) throw new TypeError(`unknown option "${name}"; the options are ${Object.keys(SHAPES).join(', ')}`)
    const [test, shape] = SHAPES[name as keyof AuthOptions]
    if (value !== undefined && !test(value)) throw new TypeError(`option "${name}" must be ${shape}`)
  }
  const { store = null, issuer = null, audience = null, now = Date.now } = options
  const random = options.randomBytes ?? randomBytes
  return Object.freeze({
    ...readKeys(options),
    ...readLifetimes(options),
    store,
    issuer,
    audience,
    now,
    locations: Object.freeze([...(options.locations ?? (['headers', 'cookies'] as const))]),
    origins: new Set(options.origins),
    sameSite: options.sameSite === 'strict' ? 'Strict' : 'Lax',
    secureCookies: options.dangerouslyInsecureCookies !== true,
    onEvent: options.onEvent ?? (() => {}),
    randomId: () => Buffer.from(random(16)).toString('base64url'),
    randomShare: () => random(1)[0]! / 256,
  })
}

function readKeys(options: AuthOptions): Pick<Settings, 'keys' | 'signingKey' | 'refreshKeys'> {
  const { secret = [] } = options
  const secrets = (typeof secret === 'string' || secret instanceof Uint8Array ? [secret] : secret).map((each) => secretBytes(each, 'option "secret"'))
  const keys = options.keys?.map((jwk, index) => keyFromJwk(jwk, `option "keys[${index}]"`)) ?? secrets.map(keyFromSecret)
  const signingKey = keys[0]
  if (signingKey === undefined) throw new TypeError('createAuth needs the option "secret" or "keys"')
  if (signingKey.signing === null) throw new TypeError('option "keys[0]" must be a private key: it signs')
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new TypeError('option "keys" holds two keys with the same "kid"')
  if (options.store !== undefined && secrets.length === 0) throw new TypeError('option "store" needs the option "secret" too: it signs the refresh tokens')
  return { keys: Object.freeze(keys), signingKey, refreshKeys: Object.freeze(secrets.map(refreshKey)) }
}

function readLifetimes(options: AuthOptions): Pick<Settings, keyof typeof LIFETIMES> {
  const entries = Object.entries(LIFETIMES).map(([name, seconds]) => [name, (options[name as keyof typeof LIFETIMES] ?? seconds) * 1000])
  const lifetimes = Object.fromEntries(entries) as Record<keyof typeof LIFETIMES, number>
  if (lifetimes.idleLifetime <= lifetimes.accessLifetime) throw new TypeError('option "idleLifetime" must be longer than "accessLifetime"')
  if (lifetimes.absoluteLifetime < lifetimes.idleLifetime) throw new TypeError('option "absoluteLifetime" must be at least "idleLifetime"')
  if (lifetimes.grace >= lifetimes.idleLifetime) throw new TypeError('option "grace" must be shorter than "idleLifetime"')
  return lifetimes
}

function isFilled(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0
}
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0
}
function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

