import type { TheftKind } from './theft.ts'

/** What the storm counted. */
export interface Score {
  stack: string
  seed: number
  /** Refreshes by owners that reached a server. */
  refreshes: number
  signIns: number
  /** Sessions of owners that were refused for good although the owner did nothing wrong. */
  honestSignOuts: number
  /** Descriptions of the first honest sign-outs. */
  examples: string[]
  /** Sign-ins with two live branches. */
  forks: number
  thefts: Record<TheftKind, TheftScore>
  /** How often a browser needed new tokens. */
  expiries: number
  /** Responses with new tokens. */
  rotations: number
  /** Responses with tokens that had been issued before. */
  repeats: number
  /** Refreshes that succeeded although the database had lost their token in a failover. */
  recoveries: number
  /** Refreshes that failed temporarily, or had no response. */
  retries: number
  /** Requests to the protected route. */
  uses: number
  /** Access tokens that were refused before they expired. */
  wrong401s: number
  signOuts: number
  /** Refreshes that succeeded after the response to a sign-out. */
  refreshedAfterSignOut: number
  /** Most seconds after a sign-out for which an access token was still accepted. */
  usedAfterSignOut: number
  faults: Record<
    | 'serverCrashes'
    | 'outages'
    | 'failovers'
    | 'browserCrashes'
    | 'sleeps'
    | 'clockJumps'
    | 'lostResponses'
    | 'duplicates',
    number
  >
  /** Days of virtual time. */
  days: number
  /** Seconds that the storm took. */
  seconds: number
}

export interface TheftScore {
  /** Thefts in which both the thief and the owner continued: found and missed ones. */
  judged: number
  /** The thief was refused for good, and got nothing after that. */
  found: number
  /** Found later than the limit, or never. */
  missed: number
  /**
   * All requests of the thief came within the grace before or after one of the owner's. Not
   * detectable without a key that cannot be copied.
   */
  withinGrace: number
  /** Responses with tokens to the thief or the owner, within the grace of the other's request. */
  graceResponses: number
  /** The thief or the owner did not continue, or the session was signed out first. */
  abandoned: number
  /** From the start of the delay (see `Theft`) until detection, in lifetimes of an access token. */
  longestDelay: number
  medianDelay: number
}

/**
 * Lifetimes of an access token after which a theft counts as missed. A copied attempt lets the
 * thief follow the owner for two more refreshes.
 */
export const DETECTION_LIMITS: Readonly<Record<TheftKind, number>> = { token: 1, profile: 3 }

/**
 * Describes everything in a score that must not happen; empty if the stack passed. A stack whose
 * client sends no attempts is not required to find thieves.
 */
export function findViolations(
  { honestSignOuts, forks, thefts, refreshedAfterSignOut, wrong401s }: Score,
  { attempts = true }: { attempts?: boolean } = {},
): string[] {
  const counts = {
    'honest sign-outs': honestSignOuts,
    forks,
    'missed thefts': attempts ? thefts.token.missed + thefts.profile.missed : 0,
    'refreshes after a sign-out': refreshedAfterSignOut,
    'wrong 401s': wrong401s,
  }
  return Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []))
}
