import type { Loot } from './theft.ts'

/** What the storm counted. */
export interface Score {
  stack: string
  seed: number
  /** Refreshes of owners that reached a server. */
  refreshes: number
  signIns: number
  /** Owners who did nothing wrong and were refused for good. The first few, told in words. */
  honestSignOuts: number
  examples: string[]
  /** Sign-ins of which two branches lived. */
  forks: number
  thefts: Record<Loot, TheftScore>
  /** Times at which a browser needed new tokens. */
  expiries: number
  rotations: number
  /** Answers with tokens that had been handed out before. */
  repeats: number
  /** Refreshes that succeeded although the replica that took over had never seen their token. */
  heals: number
  /** Refreshes that were told to come again, or got no answer from a server. */
  retries: number
  uses: number
  /** Access tokens that were refused before their time. */
  wrong401s: number
  signOuts: number
  /** Refreshes that succeeded after a sign-out had been answered. */
  refreshedAfterSignOut: number
  /** Seconds that an access token still opened a route after it, at the longest. */
  usedAfterSignOut: number
  happenings: Record<
    | 'serverCrashes'
    | 'outages'
    | 'falls'
    | 'browserCrashes'
    | 'sleeps'
    | 'clockJumps'
    | 'lostAnswers'
    | 'doubled',
    number
  >
  /** Days of virtual time, and seconds that they took. */
  days: number
  took: number
}

export interface TheftScore {
  /** Thieves who asked, while the owner went on or came back. */
  both: number
  found: number
  /** Found later than the limit, or never. */
  missed: number
  /** Every request within the grace before or after one of the owner's: what stays open without a key that cannot be copied. */
  insideGrace: number
  /** Answers with tokens within the grace, to either of the two. */
  graceAnswers: number
  /** One of the two did not go on. */
  notBoth: number
  /** Lifetimes of an access token from the first request of the thief to the finding. */
  longest: number
  median: number
}

/** Lifetimes of an access token after which a theft counts as missed. A copied attempt keeps the two together for two refreshes of the owner more. */
export const LIMITS: Readonly<Record<Loot, number>> = { token: 1, profile: 3 }

/** What must not be: in words, nothing where all is well. */
export function breachesIn(
  { honestSignOuts, forks, thefts, refreshedAfterSignOut, wrong401s }: Score,
  { attempts = true } = {},
): string[] {
  const missed = attempts ? thefts.token.missed + thefts.profile.missed : 0
  const counts = {
    'honest sign-outs': honestSignOuts,
    forks,
    'missed thefts': missed,
    'refreshes after a sign-out': refreshedAfterSignOut,
    'wrong 401s': wrong401s,
  }
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
}
