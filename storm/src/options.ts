/**
 * How severe the storm is. Probabilities are from 0 to 1. Those "per renewal" are drawn whenever a
 * browser renews its tokens.
 */
export interface StormOptions {
  seed: number
  /** Refreshes by owners that reach a server before the storm ends. */
  refreshes: number
  /** Browsers, each of one user. 0: a hundredth of `refreshes`, at least 20 and at most 8000. */
  browsers: number
  /** Most tabs of one browser. */
  tabs: number
  /** Mean seconds between two requests of one tab. */
  requestInterval: number
  /** Probability that a request is lost. */
  lostRequests: number
  /** Probability that a response is lost. */
  lostResponses: number
  /** Probability that the browser sends a request again, because a kept-alive connection broke. */
  duplicates: number
  /** Probability that a request or a response takes up to 4.5 seconds. */
  slow: number
  /** Per renewal: the browser crashes, and restarts with cookies up to 30 seconds old. */
  crashes: number
  /** Per renewal: the computer sleeps, for ten seconds to twelve hours. */
  sleeps: number
  /** Per renewal: a tab is closed and another one opened. */
  closes: number
  /** Per renewal: the user signs out, perhaps during the renewal. */
  signOuts: number
  /** Per renewal: the wall clock is set, up to a day wrong. */
  clockJumps: number
  /** Per renewal: a thief copies the refresh token. */
  thefts: number
  /** Fraction of thieves who copy the whole profile, including the stored attempts. */
  profileThefts: number
  /** Fraction of thieves who refresh within the grace after each refresh of the owner. */
  shadowThieves: number
  /** Whether the client sends attempts, as the client of Latchkey does. */
  attempts: boolean
  /** Fraction of browsers with Web Locks, where one tab renews for all. */
  locks: number
  /** Mean seconds between two crashes of a server; 0 for none. */
  serverCrashes: number
  /** Mean seconds between two outages of the database; 0 for none. */
  outages: number
  /** Fraction of outages after which a replica that had missed writes takes over. */
  failovers: number
  /** Milliseconds of a step of virtual time. All events of one step run concurrently. */
  tick: number
  /** Factor by which real time is sped up; null for virtual time. */
  pace: number | null
}

const DEFAULTS: StormOptions = {
  seed: 1,
  refreshes: 10_000,
  browsers: 0,
  tabs: 5,
  requestInterval: 200,
  lostRequests: 0.02,
  lostResponses: 0.05,
  duplicates: 0.02,
  slow: 0.03,
  crashes: 0.01,
  sleeps: 0.02,
  closes: 0.02,
  signOuts: 0.005,
  clockJumps: 0.005,
  thefts: 0.005,
  profileThefts: 0.3,
  shadowThieves: 0.1,
  attempts: true,
  locks: 0.5,
  serverCrashes: 300,
  outages: 1800,
  failovers: 0.5,
  tick: 10,
  pace: null,
}

export const STORM_DEFAULTS: Readonly<StormOptions> = Object.freeze(DEFAULTS)

const PROBABILITIES = [
  'lostRequests',
  'lostResponses',
  'duplicates',
  'slow',
  'crashes',
  'sleeps',
  'closes',
  'signOuts',
  'clockJumps',
  'thefts',
  'profileThefts',
  'shadowThieves',
  'locks',
  'failovers',
] as const
const AT_LEAST_ONE = ['refreshes', 'tabs', 'requestInterval', 'tick'] as const
const AT_LEAST_ZERO = ['serverCrashes', 'outages', 'browsers', 'seed'] as const

/** Fills in the defaults. Throws a `TypeError` for an unknown or invalid option. */
export function readStormOptions(overrides: Partial<StormOptions>): StormOptions {
  for (const name of Object.keys(overrides))
    if (!Object.hasOwn(DEFAULTS, name))
      throw new TypeError(
        `storm: unknown option "${name}"; the options are ${Object.keys(DEFAULTS).join(', ')}`,
      )
  const options = { ...DEFAULTS, ...overrides }
  for (const name of PROBABILITIES)
    mustBe(name, options[name] >= 0 && options[name] <= 1, 'a number from 0 to 1')
  for (const name of AT_LEAST_ONE) mustBe(name, options[name] >= 1, 'a number of at least 1')
  for (const name of AT_LEAST_ZERO) mustBe(name, options[name] >= 0, 'a number of at least 0')
  mustBe('pace', options.pace === null || options.pace > 0, 'a number above 0, or null')
  return { ...options, browsers: options.browsers || browsersFor(options.refreshes) }
}

function mustBe(name: string, isValid: boolean, expected: string): void {
  if (!isValid) throw new TypeError(`storm: option "${name}" must be ${expected}`)
}

/** About a hundred refreshes per browser: enough for every kind of event, and for a day to pass. */
const browsersFor = (refreshes: number): number =>
  Math.min(8000, Math.max(20, Math.ceil(refreshes / 100)))
