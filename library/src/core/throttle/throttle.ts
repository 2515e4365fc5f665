import { createHmac } from 'node:crypto'
import { refuse, type Refusal } from '../errors.ts'
import type { Settings } from '../options.ts'
import type { SignInRules } from '../options/sign-in-limits.ts'
import type { Awaitable, Store } from '../store.ts'
import { reportStoreFailure } from '../watch-store.ts'
import type { TakenTry, TryRule } from '../tries.ts'
import { accountKey } from './account-key.ts'
import { addressGroups } from './address-group.ts'
import { Turns } from './turns.ts'

const HOUR = 60 * 60 * 1000

/** How long an address stays a known place of an account that has signed in from it. */
const KNOWN_FOR = 90 * 24 * HOUR

/** After this many failures in a row a place is no longer known (NIST SP 800-63B-4, section 3.2.2). */
const KNOWN_TRIES = 100

/** Counters that a store keeps at most. */
const MAX_COUNTERS = 1_000_000

/**
 * Sign-ins from one address that are checked at a time. Less than the difference between the
 * failures that are free for an address and those that people share it without noticing: a try that
 * is not decided yet counts as a failure.
 */
const ADDRESS_TURNS = { concurrency: 4, maxWaiting: 1000 }

/** Who tries to sign in. */
export interface SignInTry {
  /** The name that is guessed at, or each name by which the account can be found. */
  account: string | readonly string[]
  /** The network address of the client. Without it, only the account and the device are counted. */
  address?: string | undefined
  /**
   * The id of a device that has signed in to this account before, proven by a cookie or token of
   * your own. Failures of others do not slow it down.
   */
  device?: string | null | undefined
}

/** What a try is counted by. */
export interface TrySubject {
  /** A word that says what is counted. */
  kind: string
  /** Whose tries are counted: an address, an account. Stored as an HMAC. */
  id: string
}

/** Slows down failed sign-ins, counted in the store. Every method rejects if the store fails. */
export interface Throttle {
  /**
   * Counts a try, then calls `check`, and counts nothing if the value is not null. If a counter is
   * blocked, `check` is not called, and the result is the refusal `too_many_attempts`. If `check`
   * throws or returns undefined, the try does not count.
   */
  signIn<T>(who: SignInTry, check: SignInCheck<T>): Promise<SignInResult<T>>
  /** Forgets the failed sign-ins of an account: after its password was reset. */
  reset(account: string | readonly string[]): Promise<void>
  /** Counts a try of another kind. Null if it may be made, else the refusal. */
  take(subject: TrySubject, rule: TryRule): Promise<Refusal | null>
  /** Sets the counter of another kind of try to 0. */
  clear(subject: TrySubject): Promise<void>
  /**
   * What counts as one client: the IPv4 address, or the /64 of an IPv6 address. Null if it is
   * unknown.
   */
  addressGroup(address: string | undefined): string | null
}

/**
 * Checks credentials; null if they are wrong. `known` is true for a known device or place: under
 * load these can go first.
 */
export type SignInCheck<T> = (client: { known: boolean }) => Awaitable<T | null>

/** `value` is null if the credentials are wrong. */
export type SignInResult<T> = { ok: true; value: T | null } | Refusal

/** A counter that a sign-in takes a try from. */
interface Counter {
  key: string
  rule: TryRule
}

export function createThrottle(
  settings: Pick<Settings, 'refreshKeys' | 'signInRules' | 'now' | 'onEvent'>,
  store: Store,
): Throttle {
  const { now, signInRules } = settings
  const turns = new Turns(ADDRESS_TURNS)
  const keyOf = (kind: string, ...ids: string[]): string =>
    createHmac('sha256', settings.refreshKeys[0]!.key)
      .update(`throttle ${JSON.stringify([kind, ...ids])}`)
      .digest('base64url')
  const pruneIfDue = hourly(settings, store)
  return {
    async signIn(who, check) {
      if (signInRules === null) return { ok: true, value: await check({ known: false }) }
      const counters = countersOf(who, signInRules, keyOf)
      const attempt = async () => signIn(store, counters, now, check)
      pruneIfDue()
      const [group] = addressGroups(who.address)
      if (group === undefined || counters.device !== null) return attempt()
      return (await turns.run(group, attempt)) ?? refuse('temporarily_unavailable')
    },
    async reset(account) {
      await Promise.all(
        accountsOf(account).map(async (id) => store.clearTries(keyOf('account', id), 0, now())),
      )
    },
    async take({ kind, id }, rule) {
      pruneIfDue()
      const { taken, blockedUntil } = await store.takeTry(keyOf(`own ${kind}`, id), rule, now())
      return taken ? null : tooMany(blockedUntil - now())
    },
    clear: async ({ kind, id }) => store.clearTries(keyOf(`own ${kind}`, id), 0, now()),
    addressGroup: (address) => addressGroups(address)[0] ?? null,
  }
}

/** The counters of one sign-in. */
interface Counters {
  /** The known device. If there is one with tries left, no other counter is used. */
  device: Counter | null
  /** This account from this address. */
  place: Counter | null
  /** Used if the place is not known: everybody's failures for the account, and of the address. */
  accounts: Counter[]
  addresses: Counter[]
}

function countersOf(
  { account, address, device }: SignInTry,
  rules: SignInRules,
  keyOf: (kind: string, ...ids: string[]) => string,
): Counters {
  const accounts = accountsOf(account)
  const groups = addressGroups(address)
  const counter = (rule: TryRule, kind: string, ...ids: string[]) => ({
    key: keyOf(kind, ...ids),
    rule,
  })
  const isKnown = typeof device === 'string' && device !== ''
  return {
    device: isKnown ? counter(rules.account, 'device', device) : null,
    // Of all names together: a known place of one account must not let anyone guess at another.
    place:
      accounts.length > 0 && groups.length > 0
        ? counter(rules.place, 'place', groups[0]!, ...accounts)
        : null,
    accounts: accounts.map((id) => counter(rules.account, 'account', id)),
    addresses: groups.map((group, index) =>
      counter(index === 0 ? rules.address : rules.network, 'address', group),
    ),
  }
}

/** Names that are counted, each once. A sign-in without a name is counted by its address alone. */
const accountsOf = (account: string | readonly string[]): string[] => [
  ...new Set(
    (typeof account === 'string' ? [account] : account).map(accountKey).filter((id) => id !== ''),
  ),
]

async function signIn<T>(
  store: Store,
  counters: Counters,
  now: () => number,
  check: SignInCheck<T>,
): Promise<SignInResult<T>> {
  const taken = await takeTries(store, counters, now())
  if ('wait' in taken) return tooMany(taken.wait)
  const value = await callCheck(store, taken, check)
  if (value !== null) await forgive(store, counters, taken, now())
  return { ok: true, value }
}

/** The tries that a sign-in has taken, to be given back. */
interface Taken {
  tries: Array<{ key: string; blockedUntil: number }>
  /** Tries in a row of this account from this address; 0 if the address is not known. */
  atPlace: number
  known: boolean
}

/** Takes a try of each counter that applies, or none. `wait` is in milliseconds. */
async function takeTries(
  store: Store,
  { device, place, accounts, addresses }: Counters,
  now: number,
): Promise<Taken | { wait: number }> {
  if (device !== null) {
    const { taken, tries, blockedUntil } = await store.takeTry(device.key, device.rule, now)
    if (taken) return { tries: [{ key: device.key, blockedUntil }], atPlace: 0, known: true }
    // A device that has used up all its tries is no longer known.
    if (tries < device.rule.limit) return { wait: blockedUntil - now }
  }
  if (place === null) return takeAll(store, [...accounts, ...addresses], now, 0)
  const atPlace = await store.takeTry(place.key, place.rule, now)
  if (!atPlace.taken) return { wait: atPlace.blockedUntil - now }
  const { tries, knownUntil, blockedUntil } = atPlace
  const own = { key: place.key, blockedUntil }
  if (knownUntil > now && tries < KNOWN_TRIES) return { tries: [own], atPlace: 0, known: true }
  // While the place was known, its failures were not counted by the address.
  const counted = knownUntil === 0 ? tries : 1
  const others = await takeAll(store, [...accounts, ...addresses], now, counted)
  if ('wait' in others) await store.giveBackTries(own.key, 1, own.blockedUntil)
  else others.tries.push(own)
  return others
}

async function takeAll(
  store: Store,
  counters: readonly Counter[],
  now: number,
  atPlace: number,
): Promise<Taken | { wait: number }> {
  const results = await Promise.all(
    counters.map(async ({ key, rule }): Promise<TakenTry & { key: string }> => ({
      key,
      ...(await store.takeTry(key, rule, now)),
    })),
  )
  const tries = results.filter(({ taken }) => taken)
  if (tries.length === results.length) return { tries, atPlace, known: false }
  await giveBack(store, tries)
  const ends = results.filter(({ taken }) => !taken).map(({ blockedUntil }) => blockedUntil)
  return { wait: Math.max(...ends) - now }
}

const giveBack = async (store: Store, tries: Taken['tries']): Promise<void> => {
  await Promise.all(
    tries.map(async ({ key, blockedUntil }) => store.giveBackTries(key, 1, blockedUntil)),
  )
}

/** An error of the application is not a failed sign-in. */
async function callCheck<T>(store: Store, taken: Taken, check: SignInCheck<T>): Promise<T | null> {
  try {
    const value: T | null | undefined = await check({ known: taken.known })
    if (value !== undefined) return value
    throw new TypeError(
      'the check of a sign-in must return null for wrong credentials, not undefined',
    )
  } catch (cause) {
    await giveBack(store, taken.tries).catch(() => {})
    throw cause
  }
}

/**
 * After a success. The address gets back the failures of this account only: whoever has one account
 * there must not gain free guesses at others by signing in. A success on a known device or at a
 * known place leaves the failures of strangers as they are.
 */
async function forgive(
  store: Store,
  { device, place, accounts, addresses }: Counters,
  { tries, atPlace }: Taken,
  now: number,
): Promise<void> {
  const taken = new Map(tries.map(({ key, blockedUntil }) => [key, blockedUntil]))
  const clear = [device, ...accounts].filter((counter) => counter && taken.has(counter.key))
  const shared = addresses.filter(({ key }) => taken.has(key))
  await Promise.all([
    ...clear.map(async (counter) => store.clearTries(counter!.key, 0, now)),
    ...shared.map(async ({ key }) =>
      store.giveBackTries(key, Math.max(1, atPlace), taken.get(key)!),
    ),
    ...(place === null ? [] : [store.clearTries(place.key, now + KNOWN_FOR, now)]),
  ])
}

/** `wait` is in milliseconds. */
const tooMany = (wait: number): Refusal => ({
  ...refuse('too_many_attempts'),
  retryAfter: Math.max(1, Math.ceil(wait / 1000)),
})

/** Prunes counters in the background, when a sign-in comes and an hour has passed. */
function hourly({ now, onEvent }: Pick<Settings, 'now' | 'onEvent'>, store: Store): () => void {
  let prunedAt = now()
  const prune = async () => store.pruneTries(now(), MAX_COUNTERS)
  const failed = (cause: unknown) => reportStoreFailure({ onEvent, now }, cause)
  return () => {
    if (Math.abs(now() - prunedAt) < HOUR) return
    prunedAt = now()
    setImmediate(() => void prune().catch(failed))
  }
}
