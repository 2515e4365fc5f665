import type { AlgorithmName } from '../core/algorithms.ts'
import type { Key } from '../core/keys.ts'
import type { KeyFinder, KeyLookup } from '../core/options/issuers.ts'
import {
  validateShapes,
  isBoolean,
  isPositiveNumber,
  type OptionShapes,
} from '../core/options/validate.ts'
import { fetchJwks } from './fetch-jwks.ts'
import { DEFAULT_ALGORITHMS, isAlgorithms, readJwks } from './read-jwks.ts'

export type { AlgorithmName } from '../core/algorithms.ts'
export type { KeyFinder } from '../core/options/issuers.ts'

/** Times are in seconds. */
export interface RemoteKeysOptions {
  /**
   * Those that the keys may have; all but secrets and `EdDSA`. A key that does not say its `alg` has the one of these that fits it, if only
   * one does.
   */
  algorithms?: readonly AlgorithmName[]
  /** After so long the keys are fetched anew; 10 minutes. So long a key that the issuer took back is accepted. */
  maxAge?: number
  /** At least so long between two fetches, whatever tokens say; 30 seconds. */
  coolDown?: number
  /** How much longer the last keys serve where the issuer cannot be reached; 1 hour. Then its tokens are answered with `temporarily_unavailable` (503). */
  staleFor?: number
  /** How long a fetch may take; 5 seconds. */
  timeout?: number
  /** Plain http, from this machine to itself. */
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

/** The public keys of another issuer, fetched from its JWKS (RFC 7517, section 5) when the first token needs them, and kept. */
export function remoteKeys(url: string | URL, options: RemoteKeysOptions = {}): KeyFinder {
  validateShapes(options, SHAPES)
  const address = readAddress(url, options.dangerouslyInsecureLoopback === true)
  const {
    algorithms = DEFAULT_ALGORITHMS,
    maxAge = 600,
    coolDown = 30,
    staleFor = 3600,
    timeout = 5,
  } = options
  let keys: ReadonlyMap<string, Key> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let flight: Promise<void> | null = null

  const isYoung = (now: number) => since(fetchedAt, now) < maxAge

  /** One fetch, for everybody who waits. Never rejects. */
  function fetchOnce(now: number, failed: (cause: unknown) => void): Promise<void> {
    if (flight !== null) return flight
    triedAt = now
    const load = async () => {
      try {
        keys = readJwks(await fetchJwks(address, timeout * 1000), algorithms)
        fetchedAt = now
      } catch (cause) {
        failed(cause)
      } finally {
        flight = null
      }
    }
    flight = load()
    return flight
  }

  /** By what is known now. An unknown name means nothing while the keys are old: they may have been changed. */
  function answer(kid: string, now: number): Key | null | undefined {
    const age = since(fetchedAt, now)
    if (age >= maxAge + staleFor) return undefined
    return keys.get(kid) ?? (age < maxAge ? null : undefined)
  }

  const lookup: KeyLookup = {
    has: (key, now) => isYoung(now) && keys.get(key.id) === key,
    find(kid, now, failed) {
      const known = isYoung(now) && keys.has(kid)
      const cool = since(triedAt, now) >= coolDown
      // Renewed while the old ones still count, so that no request has to wait for it.
      if (known && cool && since(fetchedAt, now) > maxAge / 2) void fetchOnce(now, failed)
      if (known || !(cool || flight !== null)) return answer(kid, now)
      return fetchOnce(now, failed).then(() => answer(kid, now))
    },
  }
  return lookup
}

/** Seconds since `then`. A clock that was set back says nothing, so nothing is young. */
const since = (then: number, now: number): number =>
  now < then ? Number.POSITIVE_INFINITY : (now - then) / 1000

function readAddress(url: string | URL, insecureLoopback: boolean): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : null
  const safe =
    address?.protocol === 'https:' ||
    (insecureLoopback && address?.protocol === 'http:' && LOOPBACK.has(address.hostname))
  if (address === null || !safe || address.username !== '' || address.password !== '') {
    throw new TypeError('remoteKeys takes an https address without a name and password in it')
  }
  return address
}
