import { afterAll, describe, expect, test } from 'vitest'
import { explore, type SearchOptions, type SearchResult } from './explore.ts'
import {
  IGNORES_END,
  GRACE_FIRST,
  IGNORES_PREVIOUS_ATTEMPT,
  MAKER_ONLY_ONE_BEHIND,
  NEVER_EXTENDS,
  LATCHKEY,
  PLAIN_GRACE,
  RENDERS_BY_THE_TABLE,
  RENDERS_WITHIN_THE_GRACE,
  REPEATS_WHAT_WAS_MADE_WITHOUT,
  REQUIRES_NO_ATTEMPT_ON_EITHER_SIDE,
  ROTATES_WITHIN_GRACE,
  type Design,
} from './protocol-designs.ts'
import type { Violation } from './server.ts'

/**
 * Checks the refresh protocol in every reachable world, for runs of any length. See README.md for
 * what a world is, what may happen in it, and which assumptions the model makes.
 */
type Conditions = Omit<SearchOptions, 'design'>
const deep = process.env.SEARCH === 'deep'
const reports: string[] = []
afterAll(() => void process.stdout.write(`${reports.join('\n')}\n`))

function search(name: string, conditions: Conditions, design = LATCHKEY): SearchResult {
  const result = explore({ design, maxWorlds: deep ? 6_000_000 : 1_000_000, ...conditions })
  const { thiefWithinGrace, ownerWithinGrace, withoutAttempt, ends } = result.tally
  const thefts = conditions.thief
    ? `; ended ${ends}; without attempts ${withoutAttempt}` +
      `; within the grace: thief ${thiefWithinGrace}, owner ${ownerWithinGrace}`
    : ''
  const violation = result.violation ? `; found: ${result.violation.what}` : ''
  const worlds = result.worlds.toLocaleString('en').padStart(11)
  reports.push(`${worlds} worlds: ${name}${thefts}${violation}`)
  return result
}

const HONEST: Array<[name: string, conditions: Conditions]> = [
  ['two tabs, and a duplicated request', { tabs: 2, doubled: 1 }],
  ['three tabs', { tabs: 3 }],
  [
    'two tabs that may be suspended between recording an attempt and sending it',
    { tabs: 2, pauses: true },
  ],
  [
    'a browser that crashes once, two tabs, and a duplicated request',
    { tabs: 2, doubled: 1, crashes: 1 },
  ],
  [
    'a browser that crashes three times, one tab, and a duplicated request',
    { tabs: 1, doubled: 1, crashes: 3 },
  ],
  ['a store that loses its last writes, two tabs', { tabs: 2, losses: 1 }],
  [
    'a client without attempts: two tabs, lost responses, a duplicated request',
    { tabs: 2, doubled: 1, attempts: false },
  ],
  [
    'servers that sleep, a client without attempts, a duplicated request',
    { tabs: 1, doubled: 1, attempts: false, serversSleep: true },
  ],
  ['servers that sleep, two tabs', { tabs: 2, serversSleep: true }],
  ['pages that a server renders, two tabs', { tabs: 2, others: ['render'] }],
  [
    'pages that a server renders, a store that loses its last writes',
    { tabs: 1, losses: 1, others: ['render'] },
  ],
  [
    'pages that a server renders, after a sign-in under an attempt, a browser that crashes',
    { tabs: 1, doubled: 1, crashes: 1, others: ['render'], signsInUnderAttempt: true },
  ],
  [
    'pages that a server renders, a client without attempts, a duplicated request',
    { tabs: 1, doubled: 1, attempts: false, others: ['render'] },
  ],
  [
    'pages that a server renders, servers that sleep, a duplicated request',
    { tabs: 1, doubled: 1, others: ['render'], serversSleep: true },
  ],
]
const HONEST_DEEP: typeof HONEST = [
  [
    'servers that sleep, a client without attempts, two tabs, and a duplicated request',
    { tabs: 2, doubled: 1, attempts: false, serversSleep: true },
  ],
  [
    'servers that sleep, two tabs, and a duplicated request',
    { tabs: 2, doubled: 1, serversSleep: true },
  ],
  [
    'pages that a server renders, two tabs, and a duplicated request',
    { tabs: 2, doubled: 1, others: ['render'] },
  ],
  ['three tabs, and a duplicated request', { tabs: 3, doubled: 1 }],
  [
    'two tabs that may be suspended, a duplicated request, a crash',
    { tabs: 2, doubled: 1, pauses: true, crashes: 1 },
  ],
  ['three crashes, one tab, and two duplicated requests', { tabs: 1, doubled: 2, crashes: 3 }],
  [
    'a store that loses its last writes, two tabs, and a duplicated request',
    { tabs: 2, doubled: 1, losses: 1 },
  ],
  [
    'a client without attempts: three tabs, and a duplicated request',
    { tabs: 3, doubled: 1, attempts: false },
  ],
]

describe('without a theft, the owner is never signed out', () => {
  test.each(deep ? [...HONEST, ...HONEST_DEEP] : HONEST)(
    '%s',
    { timeout: 600_000 },
    (name, conditions) => {
      expect(search(name, conditions).violation).toBeNull()
    },
  )
})

/**
 * Owner and thief part when one of them rotates under an attempt that the other does not have.
 * After a copied token, that is the next rotation; after a copied profile, at the latest the next
 * one after two more refreshes of the owner. From then on, any request of the side left behind ends
 * the session, except within the grace of the other side's rotation. Both sides refresh at least
 * once per lifetime of an access token. The searches count the requests within the grace.
 */
const THIEVES: Array<[name: string, conditions: Conditions]> = [
  ['a refresh token is copied', { tabs: 1, doubled: 1, thief: 'token' }],
  ['a whole profile is copied', { tabs: 1, thief: 'profile' }],
  ['a whole profile is copied, and the browser crashes', { tabs: 1, thief: 'profile', crashes: 1 }],
  [
    'a refresh token is copied, and a server renders pages for both',
    { tabs: 1, thief: 'token', others: ['render'] },
  ],
]
const THIEVES_DEEP: typeof THIEVES = [
  [
    'a whole profile is copied, and a server renders pages for both',
    { tabs: 1, thief: 'profile', others: ['render'] },
  ],
  [
    'a refresh token is copied, and the read and write of its requests are separate steps',
    { tabs: 1, thief: 'token', thiefIsAtomic: false },
  ],
  ['a refresh token is copied, two tabs', { tabs: 2, thief: 'token' }],
  [
    'a whole profile is copied, one tab and a duplicated request',
    { tabs: 1, doubled: 1, thief: 'profile' },
  ],
  ['a whole profile is copied, two tabs', { tabs: 2, thief: 'profile' }],
]

describe('a theft ends the session', () => {
  test.each(deep ? [...THIEVES, ...THIEVES_DEEP] : THIEVES)(
    '%s',
    { timeout: 600_000 },
    (name, conditions) => {
      const { violation, tally } = search(name, conditions)
      expect(violation).toBeNull()
      expect(tally.ends).toBeGreaterThan(0)
    },
  )
})

const SIGNED_OUT: Violation = 'the owner was signed out without a theft'
const USED_AGAIN: Violation = 'the owner rotated under a copied attempt more than once'
const SIMPLER: Array<
  [name: string, changes: Partial<Design>, conditions: Conditions, what: Violation]
> = [
  ['a plain grace period', { decide: PLAIN_GRACE }, { tabs: 1 }, SIGNED_OUT],
  [
    'the current token is rotated within the grace',
    { decide: ROTATES_WITHIN_GRACE, rotateCompares: 'generation' },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  [
    'the previous attempt is ignored',
    { decide: IGNORES_PREVIOUS_ATTEMPT },
    { tabs: 1, crashes: 1 },
    SIGNED_OUT,
  ],
  ['a repeat does not restart the grace', { decide: NEVER_EXTENDS }, { tabs: 2 }, SIGNED_OUT],
  [
    'an attempt counts for one generation only',
    { decide: MAKER_ONLY_ONE_BEHIND },
    { tabs: 2, crashes: 1 },
    SIGNED_OUT,
  ],
  [
    'without attempts, the grace is checked before the retry',
    { decide: GRACE_FIRST },
    { tabs: 2, attempts: false },
    SIGNED_OUT,
  ],
  [
    'a late extension moves the issue time backwards',
    { extendOnlyForward: false },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  [
    'an unchanged refresh token sets the cookie',
    { keepsUnchangedCookie: false },
    { tabs: 2, crashes: 1 },
    SIGNED_OUT,
  ],
  [
    'a client does not adopt the generation of its cookie',
    { adoptsCookieGeneration: false },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  ['a rotation compares nothing', { rotateCompares: 'nothing' }, { tabs: 2 }, SIGNED_OUT],
  [
    'a rotation compares only the generation, and the browser crashes twice in half a minute',
    { rotateCompares: 'generation' },
    { tabs: 2, crashes: 2 },
    SIGNED_OUT,
  ],
  [
    'a client does not adopt the generation of its cookie, and a profile is copied',
    { adoptsCookieGeneration: false },
    { thief: 'profile' },
    USED_AGAIN,
  ],
  [
    'a client without attempts, and a thief who waits',
    {},
    { thief: 'token', attempts: false },
    'tokens were issued to the side left behind, outside the grace',
  ],
  [
    'a late request is decided like any other, for a client without attempts',
    { late: 'decides' },
    { tabs: 1, doubled: 1, attempts: false, serversSleep: true },
    SIGNED_OUT,
  ],
  [
    'a late request is decided like any other',
    { late: 'decides' },
    { tabs: 1, doubled: 1, serversSleep: true },
    SIGNED_OUT,
  ],
  [
    'a refresh without an attempt, whose response was lost, stops a client with attempts',
    { decide: REQUIRES_NO_ATTEMPT_ON_EITHER_SIDE },
    { tabs: 1, others: ['render'] },
    SIGNED_OUT,
  ],
  [
    'a client with attempts gets a generation again that was made without an attempt',
    { decide: REPEATS_WHAT_WAS_MADE_WITHOUT },
    { thief: 'token' },
    'tokens were issued to the side left behind, outside the grace',
  ],
  [
    'a page view may end a session',
    { decideForRender: RENDERS_BY_THE_TABLE },
    { tabs: 1, others: ['render'] },
    SIGNED_OUT,
  ],
  [
    'a page view gets the refresh token of a client with attempts within the grace',
    { decideForRender: RENDERS_WITHIN_THE_GRACE },
    { tabs: 2, others: ['render'] },
    SIGNED_OUT,
  ],
  [
    'the end of a session is ignored',
    { decide: IGNORES_END },
    { thief: 'token' },
    'tokens were issued after the session ended',
  ],
]

describe('the search finds what is wrong with a simpler design', () => {
  test.each(SIMPLER)('%s', (name, changes, conditions, what) => {
    const { violation } = search(name, conditions, { ...LATCHKEY, ...changes })
    expect(violation?.what).toBe(what)
    expect(violation!.run.length).toBeGreaterThan(3)
  })
})

const BROKEN_ASSUMPTIONS: Array<[name: string, conditions: Conditions]> = [
  ['an exchange takes longer than half the grace', { tabs: 2, maxExchangeTicks: 2 }],
  [
    'a page sleeps between recording an attempt and sending it',
    { tabs: 2, pauses: true, pagesSleep: true },
  ],
  [
    'a client without attempts shares the session of a client with attempts',
    { tabs: 1, others: ['plain'] },
  ],
  [
    'the browser crashes just after a page view has rotated a session without attempts',
    { tabs: 1, crashes: 1, others: ['render'] },
  ],
  [
    'a store falls back while requests are in progress',
    { tabs: 2, losses: 1, abruptFailover: true },
  ],
]

describe('each assumption is needed', () => {
  test.each(BROKEN_ASSUMPTIONS)('%s', (name, conditions) => {
    expect(search(name, conditions).violation?.what).toBe(SIGNED_OUT)
  })
})

test(
  'two tabs, a browser that crashes three times: the owner is never signed out',
  { timeout: 600_000 },
  () => {
    const conditions: Conditions = { tabs: 2, doubled: deep ? 1 : 0, crashes: 3 }
    expect(search('the browser crashes three times', conditions).violation).toBeNull()
  },
)
