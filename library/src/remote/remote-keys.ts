import type { AlgorithmName } from '../core/algorithms.ts'
import type { Key } from '../core/keys.ts'
import type { KeyFinder, KeyLookup } from '../core/options/issuers.ts'
import {
  validateShapes,
  isBoolean,
  isPositiveNumber,
  type OptionShapes,
} from '../core/options/validate.ts'
import type { Awaitable } from '../core/store.ts'
import { fetchJwks } from './fetch-jwks.ts'
import { DEFAULT_ALGORITHMS, isAlgorithms, readJwks } from './read-jwks.ts'

export type { AlgorithmName } from '../core/algorithms.ts'
export type { KeyFinder } from '../core/options/issuers.ts'

/** Times are in seconds. */
export interface RemoteKeysOptions {
  /**
   * The algorithms that the keys may have. The default is all asymmetric ones except `EdDSA`. A key
   * without `alg` is used only if exactly one of them fits it.
   */
  algorithms?: readonly AlgorithmName[]
  /**
   * How long keys are used before they are fetched again. The default is 10 minutes. A key that the
   * issuer withdraws is accepted for at most this long.
   */
  maxAge?: number
  /** The shortest time between two fetches, whatever tokens arrive. The default is 30 seconds. */
  coolDown?: number
  /**
   * How much longer the last keys are used if the issuer cannot be reached. The default is 1 hour.
   * After that its tokens are refused with `temporarily_unavailable` (503).
   */
  staleFor?: number
  /** The longest duration of a fetch. The default is 5 seconds. */
  timeout?: number
  /** Also allows plain http, to an issuer on this machine. */
  dangerouslyInsecureLoopback?: boolean
}

const SECONDS = [isPositiveNumber, 'a number of seconds above 0'] as const
const SHAPES: OptionShapes<RemoteKeysOptions> = {
  algorithms: [isAlgorithms, `an array of ${DEFAULT_ALGORITHMS.join(', ')} or EdDSA`],
  maxAge: SECONDS,
  coolDown: SECONDS,
  staleFor: SECONDS,
  timeout: SECONDS,
  dangerouslyInsecureLoopback: [isBoolean, 'true or false'],
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The public keys of another issuer, fetched from its JWKS (RFC 7517, section 5) when the first
 * token needs them, and then cached. Throws a `TypeError` if the URL is not https or an option is
 * invalid.
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeyFinder {
  validateShapes(options, SHAPES)
  const address = readAddress(url, options.dangerouslyInsecureLoopback === true)
  return new RemoteKeys(address, {
    algorithms: options.algorithms ?? DEFAULT_ALGORITHMS,
    maxAge: options.maxAge ?? 600,
    coolDown: options.coolDown ?? 30,
    staleFor: options.staleFor ?? 3600,
    timeout: options.timeout ?? 5,
  })
}

type Settings = Required<Omit<RemoteKeysOptions, 'dangerouslyInsecureLoopback'>>

class RemoteKeys implements KeyLookup {
  readonly #address: URL
  readonly #settings: Settings
  #keys: ReadonlyMap<string, Key> = new Map()
  /** When the current keys were fetched, and when the last fetch began, in milliseconds. */
  #fetchedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #fetching: Promise<void> | null = null

  constructor(address: URL, settings: Settings) {
    this.#address = address
    this.#settings = settings
  }

  has(key: Key, now: number): boolean {
    return this.#isCurrent(now) && this.#keys.get(key.id) === key
  }

  find(
    kid: string,
    now: number,
    failed: (cause: unknown) => void,
  ): Awaitable<Key | null | undefined> {
    const { coolDown, maxAge } = this.#settings
    const isKnown = this.#isCurrent(now) && this.#keys.has(kid)
    const mayFetch = secondsSince(this.#triedAt, now) >= coolDown
    // Refresh the keys while they are still current, so that no request has to wait for it.
    const isAging = secondsSince(this.#fetchedAt, now) > maxAge / 2
    if (isKnown && mayFetch && isAging) void this.#fetch(now, failed)
    const mustWait = !isKnown && (mayFetch || this.#fetching !== null)
    return mustWait
      ? this.#fetch(now, failed).then(() => this.#lookUp(kid, now))
      : this.#lookUp(kid, now)
  }

  /** Starts a fetch, or joins the one that is running. Never rejects. */
  #fetch(now: number, failed: (cause: unknown) => void): Promise<void> {
    this.#fetching ??= this.#load(now, failed)
    return this.#fetching
  }

  async #load(now: number, failed: (cause: unknown) => void): Promise<void> {
    this.#triedAt = now
    const { algorithms, timeout } = this.#settings
    try {
      this.#keys = readJwks(await fetchJwks(this.#address, timeout * 1000), algorithms)
      this.#fetchedAt = now
    } catch (cause) {
      failed(cause)
    } finally {
      this.#fetching = null
    }
  }

  /** A `kid` is known to be wrong only if the keys are current: the issuer may have added one. */
  #lookUp(kid: string, now: number): Key | null | undefined {
    const { maxAge, staleFor } = this.#settings
    const age = secondsSince(this.#fetchedAt, now)
    if (age >= maxAge + staleFor) return undefined
    return this.#keys.get(kid) ?? (age < maxAge ? null : undefined)
  }

  #isCurrent(now: number): boolean {
    return secondsSince(this.#fetchedAt, now) < this.#settings.maxAge
  }
}

/**
 * Infinite if the clock was set back: then nothing counts as current. Arguments in milliseconds.
 */
const secondsSince = (then: number, now: number): number =>
  now < then ? Number.POSITIVE_INFINITY : (now - then) / 1000

function readAddress(url: string | URL, insecureLoopback: boolean): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : null
  const isSafe =
    address?.protocol === 'https:' ||
    (insecureLoopback && address?.protocol === 'http:' && LOOPBACK.has(address.hostname))
  if (address === null || !isSafe || address.username !== '' || address.password !== '')
    throw new TypeError('remoteKeys takes an https address without a user name and password')
  return address
}
