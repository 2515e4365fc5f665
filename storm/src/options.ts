/** How hard the storm blows. Chances are from 0 to 1; those "by renewal" are drawn each time that a browser renews. */
export interface StormOptions {
  seed: number
  /** Refreshes of owners that reach a server, after which the storm calms down. */
  refreshes: number
  /** Browsers, each of a person of its own. */
  browsers: number
  /** Most tabs of one browser. */
  tabs: number
  /** Seconds between two requests of one tab, on average. */
  usesEvery: number
  lostRequests: number
  lostAnswers: number
  /** The browser sends the same request again, because a kept-alive connection died. */
  doubled: number
  /** Up to 4.5 seconds on the way, there or back. */
  slow: number
  /** By renewal: the browser crashes, and comes back with cookies up to 30 seconds old. */
  crashes: number
  /** By renewal: the lid is closed, for ten seconds up to twelve hours. */
  sleeps: number
  /** By renewal: a tab is closed, another one opened. */
  closes: number
  /** By renewal: the person signs out, perhaps in the middle of it. */
  signOuts: number
  /** By renewal: the browser's wall clock is set, up to a day off. */
  clockJumps: number
  /** By renewal: somebody copies the refresh token. */
  thefts: number
  /** Of the thieves: copies the whole profile, with what the client keeps of its attempts. */
  profiles: number
  /** Of the thieves: asks within the grace after each of the owner's refreshes. */
  shadows: number
  /** The client sends attempts, as ours does. */
  attempts: boolean
  /** Of the browsers: have Web Locks, so that one tab renews for all. */
  locks: number
  /** Seconds between two crashes of a server, and between two failures of the engine, on average; 0 for none. */
  serverCrashes: number
  outages: number
  /** Of the outages: a replica that was behind takes over. */
  falls: number
  /** Virtual time goes in steps of so many milliseconds; all that falls on one of them happens side by side. */
  tick: number
  /** Real time, so many times as fast as life; null for virtual time. */
  pace: number | null
}

const DEFAULTS: StormOptions = {
  seed: 1,
  refreshes: 10_000,
  browsers: 0,
  tabs: 5,
  usesEvery: 200,
  lostRequests: 0.02,
  lostAnswers: 0.05,
  doubled: 0.02,
  slow: 0.03,
  crashes: 0.01,
  sleeps: 0.02,
  closes: 0.02,
  signOuts: 0.005,
  clockJumps: 0.005,
  thefts: 0.005,
  profiles: 0.3,
  shadows: 0.1,
  attempts: true,
  locks: 0.5,
  serverCrashes: 300,
  outages: 1800,
  falls: 0.5,
  tick: 10,
  pace: null,
}

const SHARES = [
  'lostRequests',
  'lostAnswers',
  'doubled',
  'slow',
  'crashes',
  'sleeps',
  'closes',
  'signOuts',
  'clockJumps',
  'thefts',
  'profiles',
  'shadows',
  'locks',
  'falls',
] as const
const COUNTS = ['refreshes', 'tabs', 'usesEvery', 'tick'] as const

/** Checks the options and fills in what is left out. Throws a `TypeError` that names the option and says what is allowed. */
export function readStormOptions(given: Partial<StormOptions>): StormOptions {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      throw new TypeError(
        `unknown option "${name}" of the storm; the options are ${Object.keys(DEFAULTS).join(', ')}`,
      )
  }
  const options = { ...DEFAULTS, ...given }
  for (const name of SHARES)
    if (!(options[name] >= 0 && options[name] <= 1))
      throw new TypeError(`option "${name}" of the storm must be a number from 0 to 1`)
  for (const name of COUNTS)
    if (!(options[name] >= 1))
      throw new TypeError(`option "${name}" of the storm must be a number from 1`)
  for (const name of ['serverCrashes', 'outages', 'browsers', 'seed'] as const) {
    if (!(options[name] >= 0))
      throw new TypeError(`option "${name}" of the storm must be a number from 0`)
  }
  if (options.pace !== null && !(options.pace > 0))
    throw new TypeError('option "pace" of the storm must be a number above 0, or null')
  // Some hundred refreshes for each browser: enough for every kind of life, and for a day to pass.
  return {
    ...options,
    browsers: options.browsers || Math.min(8000, Math.max(20, Math.ceil(options.refreshes / 100))),
  }
}

export const STORM_DEFAULTS: Readonly<StormOptions> = Object.freeze(DEFAULTS)
