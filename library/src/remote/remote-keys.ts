import type { AlgorithmName } from '../core/algorithms.ts'
import { indexIssuerKeys, type IssuerKey, type IssuerKeys } from '../core/keys/issuer-keys.ts'
import type { KeyFinder, KeyLookup } from '../core/options/issuers.ts'
import {
  validateShapes,
  isBoolean,
  isPositiveNumber,
  type OptionShapes,
} from '../core/options/validate.ts'
import type { Awaitable } from '../core/store.ts'
import { readAddress } from './address.ts'
import { fetchJwks } from './fetch-jwks.ts'
import { isAlgorithms, ISSUER_ALGORITHMS, readJwks } from './read-jwks.ts'

export type { AlgorithmName } from '../core/algorithms.ts'
export type { KeyFinder } from '../core/options/issuers.ts'

/** Times are in seconds. */
export interface RemoteKeysOptions {
  /**
   * The algorithms that the keys may have. The default is all asymmetric ones. A key without `alg`
   * is used for RS256, for the algorithm of its curve, or for each of these that fits it.
   */
  algorithms?: readonly AlgorithmName[]
  /**
   * How long keys are used before they are fetched again. The default is 10 minutes. A key that the
   * issuer withdraws is accepted for at most this long.
   */
  maxAge?: number
  /**
   * The average time between two fetches, whatever tokens arrive: at most three in three times this
   * time. The default is 5 seconds. After a failed fetch the next one follows after 1 second,
   * doubled with each further failure up to 30 seconds.
   */
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
  /**
   * Also allows plain http to other machines, such as another container. Anyone who can change the
   * traffic in between can replace the keys, and then sign in as anyone.
   */
  dangerouslyInsecureHttp?: boolean
}

const SECONDS = [isPositiveNumber, 'a number of seconds above 0'] as const
const SHAPES: OptionShapes<RemoteKeysOptions> = {
  algorithms: [isAlgorithms, `an array of ${ISSUER_ALGORITHMS.join(', ')}`],
  maxAge: SECONDS,
  coolDown: SECONDS,
  staleFor: SECONDS,
  timeout: SECONDS,
  dangerouslyInsecureLoopback: [isBoolean, 'true or false'],
  dangerouslyInsecureHttp: [isBoolean, 'true or false'],
}

/**
 * The public keys of another issuer, fetched from its JWKS (RFC 7517, section 5) when the first
 * token needs them, and then cached. Throws a `TypeError` if the URL is not https or an option is
 * invalid.
 */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeyFinder {
  validateShapes(options, SHAPES)
  return new RemoteKeys(readAddress(url, options), {
    algorithms: options.algorithms,
    maxAge: options.maxAge ?? 600,
    coolDown: options.coolDown ?? 5,
    staleFor: options.staleFor ?? 3600,
    timeout: options.timeout ?? 5,
  })
}

interface Settings {
  algorithms: readonly AlgorithmName[] | undefined
  maxAge: number
  coolDown: number
  staleFor: number
  timeout: number
}

/** So many fetches may follow each other at once. */
const MAX_BURST = 3
/** The longest wait after failed fetches, in seconds. */
const MAX_RETRY_WAIT = 30
/** The longest `kid` of a key. A longer one in a token is that of no key. */
const MAX_KID_LENGTH = 128
/** So many unknown `kid`s are remembered. */
const MAX_ABSENT = 1000

class RemoteKeys implements KeyLookup {
  readonly #address: URL
  readonly #settings: Settings
  #keys: IssuerKeys = indexIssuerKeys([])
  /** When the current keys were fetched, and when the last fetch began, in milliseconds. */
  #fetchedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  /** When the last fetches began, as far as they count for `coolDown`. */
  #recent: number[] = []
  #fetching: Promise<void> | null = null
  /** Failed fetches since the last one that succeeded. */
  #failures = 0
  /** The `kid`s of tokens that came before the current keys were fetched, and are not in them. */
  readonly #absent = new Set<string>()

  constructor(address: URL, settings: Settings) {
    this.#address = address
    this.#settings = settings
  }

  has(key: IssuerKey, now: number): boolean {
    return this.#isCurrent(now) && this.#keys.has(key)
  }

  find(
    kid: string | null,
    now: number,
    failed: (cause: unknown) => void,
  ): Awaitable<readonly IssuerKey[] | undefined> {
    if (kid !== null && kid.length > MAX_KID_LENGTH) return []
    const { maxAge, staleFor } = this.#settings
    const age = secondsSince(this.#fetchedAt, now)
    const known = age < maxAge + staleFor ? this.#keys.find(kid) : []
    const mayFetch = this.#mayFetch(now)
    // Fetch in the background while the keys are still current, or if the issuer is away: then no
    // request has to wait.
    if (known.length > 0 && (age < maxAge || this.#failures > 0)) {
      if (mayFetch && age > maxAge / 2) void this.#fetch(now, failed)
      return known
    }
    if (this.#isAbsent(kid, now)) return []
    if (mayFetch || this.#fetching !== null)
      return this.#fetch(now, failed).then(() => this.#lookUp(kid, now))
    return known.length > 0 ? known : undefined
  }

  /**
   * Starts a fetch, or joins the one that is running. Never rejects. On Workers, a fetch that a
   * request started in the background may never settle.
   */
  #fetch(now: number, failed: (cause: unknown) => void): Promise<void> {
    const { timeout } = this.#settings
    if (this.#fetching === null || secondsSince(this.#triedAt, now) > 2 * timeout) {
      const fetching = this.#load(now, failed).finally(() => {
        if (this.#fetching === fetching) this.#fetching = null
      })
      this.#fetching = fetching
      return fetching
    }
    return Promise.race([this.#fetching, sleep(timeout * 1000)])
  }

  async #load(now: number, failed: (cause: unknown) => void): Promise<void> {
    this.#triedAt = now
    this.#recent = [...this.#recentAt(now), now]
    const { algorithms, timeout } = this.#settings
    try {
      const { keys, problems } = readJwks(
        await fetchJwks(this.#address, timeout * 1000),
        algorithms,
      )
      this.#keys = indexIssuerKeys(keys)
      this.#fetchedAt = now
      this.#failures = 0
      this.#absent.clear()
      for (const problem of problems) failed(problem)
    } catch (cause) {
      this.#failures++
      failed(cause)
    }
  }

  /** After a fetch: a `kid` is known to be wrong only if the keys are current. */
  #lookUp(kid: string | null, now: number): readonly IssuerKey[] | undefined {
    const { maxAge, staleFor } = this.#settings
    const age = secondsSince(this.#fetchedAt, now)
    if (age >= maxAge + staleFor) return undefined
    const keys = this.#keys.find(kid)
    if (keys.length > 0) return keys
    if (this.#failures > 0 || age >= maxAge) return undefined
    if (kid !== null && this.#absent.size < MAX_ABSENT) this.#absent.add(kid)
    return []
  }

  /** Whether keys that were fetched just now, after a token with this `kid` came, lack it. */
  #isAbsent(kid: string | null, now: number): boolean {
    const isRecent = secondsSince(this.#fetchedAt, now) < this.#settings.coolDown
    return kid !== null && this.#absent.has(kid) && this.#failures === 0 && isRecent
  }

  #mayFetch(now: number): boolean {
    return this.#failures === 0
      ? this.#recentAt(now).length < MAX_BURST
      : secondsSince(this.#triedAt, now) >= Math.min(2 ** (this.#failures - 1), MAX_RETRY_WAIT)
  }

  #recentAt(now: number): number[] {
    return this.#recent.filter(
      (then) => secondsSince(then, now) < MAX_BURST * this.#settings.coolDown,
    )
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

/** Keeps no process running. */
const sleep = async (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer: { unref?(): unknown } = setTimeout(resolve, milliseconds)
    timer.unref?.()
  })
