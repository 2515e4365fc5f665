import { afterAll, describe, expect, test } from 'vitest'
import { explore, type SearchOptions } from './explore.ts'
import {
  IGNORES_END,
  GRACE_FIRST,
  IGNORES_PREVIOUS_ATTEMPT,
  MAKER_ONLY_ONE_BEHIND,
  NEVER_EXTENDS,
  LATCHKEY,
  PLAIN_GRACE,
  ROTATES_WITHIN_GRACE,
  type Design,
} from './designs.ts'
import type { Violation } from './server.ts'

/**
 * The promise, checked in every world that can be reached, however long a run is: the real table
 * and the real functions of the client, any number of servers that read, decide and write as
 * separate steps, tabs without a lock, answers that are lost, late or out of order, requests that
 * the browser sends twice, pages that sleep or close, browsers that crash and come back with an old
 * cookie jar.
 *
 * What is taken for granted: an exchange takes less than half the grace, from the page's keeping
 * its attempt to the answer; then the client gives up, and so does the server. A store that falls
 * back to an older state is away for longer than that, and no browser crashes meanwhile.
 */
type Worlds = Omit<SearchOptions, 'design'>
const deep = process.env.SEARCH === 'deep'
const printed: string[] = []
afterAll(() => void process.stdout.write(`${printed.join('\n')}\n`))

function search(name: string, worlds: Worlds, laws: Design = LATCHKEY): ReturnType<typeof explore> {
  const found = explore({ design: laws, maxWorlds: deep ? 6_000_000 : 1_000_000, ...worlds })
  const { thiefWithinGrace, ownerWithinGrace, ends } = found.tally
  const thefts = worlds.thief
    ? `; ended ${ends}; inside the grace: thief ${thiefWithinGrace}, owner ${ownerWithinGrace}`
    : ''
  printed.push(
    `${found.worlds.toLocaleString('en').padStart(11)} worlds: ${name}${thefts}${found.violation ? `; found: ${found.violation.what}` : ''}`,
  )
  return found
}

const HONEST: Array<[name: string, worlds: Worlds]> = [
  ['two tabs, and a request sent twice', { tabs: 2, doubled: 1 }],
  ['three tabs', { tabs: 3 }],
  ['two tabs that may stop between keeping an attempt and sending it', { tabs: 2, pauses: true }],
  [
    'a browser that crashes once, two tabs, and a request sent twice',
    { tabs: 2, doubled: 1, crashes: 1 },
  ],
  [
    'a browser that crashes three times, one tab, and a request sent twice',
    { tabs: 1, doubled: 1, crashes: 3 },
  ],
  ['a store that loses its last writes, two tabs', { tabs: 2, losses: 1 }],
  [
    'a client without attempts: two tabs, lost answers, a request sent twice',
    { tabs: 2, doubled: 1, attempts: false },
  ],
]
const HONEST_DEEP: typeof HONEST = [
  ['three tabs, and a request sent twice', { tabs: 3, doubled: 1 }],
  [
    'two tabs that may stop, a request sent twice, a crash',
    { tabs: 2, doubled: 1, pauses: true, crashes: 1 },
  ],
  ['three crashes, one tab, and two requests sent twice', { tabs: 1, doubled: 2, crashes: 3 }],
  [
    'a store that loses its last writes, two tabs, and a request sent twice',
    { tabs: 2, doubled: 1, losses: 1 },
  ],
  [
    'a client without attempts: three tabs, and a request sent twice',
    { tabs: 3, doubled: 1, attempts: false },
  ],
]

describe('nobody who did nothing wrong is signed out', () => {
  test.each(deep ? [...HONEST, ...HONEST_DEEP] : HONEST)(
    '%s',
    { timeout: 600_000 },
    (name, worlds) => {
      expect(search(name, worlds).violation).toBeNull()
    },
  )
})

/**
 * Owner and thief part when one of them rotates under an attempt that the other does not hold.
 * Where a token was copied, that is the next rotation; where a whole profile was, at the latest the
 * next one after two more refreshes of the owner. From then on one of them is left behind, and
 * whatever this one asks ends the session, unless it asks within the grace of a hand-out to the
 * other. Who keeps going asks within one access-token lifetime. The searches count the answers
 * inside the grace apart.
 */
const THIEVES: Array<[name: string, worlds: Worlds]> = [
  ['a refresh token is copied', { tabs: 1, doubled: 1, thief: 'token' }],
  ['a whole profile is copied', { tabs: 1, thief: 'profile' }],
  ['a whole profile is copied, and the browser crashes', { tabs: 1, thief: 'profile', crashes: 1 }],
]
const THIEVES_DEEP: typeof THIEVES = [
  [
    'a refresh token is copied, and everything happens between the reading and writing for the thief too',
    { tabs: 1, thief: 'token', thiefIsAtomic: false },
  ],
  ['a refresh token is copied, two tabs', { tabs: 2, thief: 'token' }],
  [
    'a whole profile is copied, one tab and a request sent twice',
    { tabs: 1, doubled: 1, thief: 'profile' },
  ],
  ['a whole profile is copied, two tabs', { tabs: 2, thief: 'profile' }],
]

describe('a thief is found', () => {
  test.each(deep ? [...THIEVES, ...THIEVES_DEEP] : THIEVES)(
    '%s',
    { timeout: 600_000 },
    (name, worlds) => {
      const { violation, tally } = search(name, worlds)
      expect(violation).toBeNull()
      expect(tally.ends).toBeGreaterThan(0)
    },
  )
})

const SIGNED_OUT: Violation = 'somebody who did nothing wrong was signed out'
const USED_AGAIN: Violation = 'the owner used an attempt that was copied once more'
const SIMPLER: Array<[name: string, laws: Partial<Design>, worlds: Worlds, what: Violation]> = [
  ['a plain grace', { decide: PLAIN_GRACE }, { tabs: 1 }, SIGNED_OUT],
  [
    'a generation younger than the grace is rotated',
    { decide: ROTATES_WITHIN_GRACE, rotateCompares: 'generation' },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  [
    'the previous attempt does not count',
    { decide: IGNORES_PREVIOUS_ATTEMPT },
    { tabs: 1, crashes: 1 },
    SIGNED_OUT,
  ],
  [
    'a repeat does not make the generation young again',
    { decide: NEVER_EXTENDS },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  [
    'the maker is known one generation behind, no further',
    { decide: MAKER_ONLY_ONE_BEHIND },
    { tabs: 2, crashes: 1 },
    SIGNED_OUT,
  ],
  [
    'without attempts, the grace comes before the retry',
    { decide: GRACE_FIRST },
    { tabs: 2, attempts: false },
    SIGNED_OUT,
  ],
  [
    'a late restart makes a generation older',
    { extendOnlyForward: false },
    { tabs: 2 },
    SIGNED_OUT,
  ],
  [
    'an answer that brings nothing new sets the cookie',
    { keepsUnchangedCookie: false },
    { tabs: 2, crashes: 1 },
    SIGNED_OUT,
  ],
  [
    'a client begins without a look at its cookie',
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
    'a client begins without a look at its cookie, and a profile is copied',
    { adoptsCookieGeneration: false },
    { thief: 'profile' },
    USED_AGAIN,
  ],
  [
    'no attempts, and a careful thief',
    {},
    { thief: 'token', attempts: false },
    'who was left behind was given tokens, outside the grace',
  ],
  [
    'an end is forgotten',
    { decide: IGNORES_END },
    { thief: 'token' },
    'something was handed out after the end',
  ],
]

describe('what is simpler fails, and the search sees it', () => {
  test.each(SIMPLER)('%s', (name, laws, worlds, what) => {
    const { violation } = search(name, worlds, { ...LATCHKEY, ...laws })
    expect(violation?.what).toBe(what)
    expect(violation!.run.length).toBeGreaterThan(3)
  })
})

const GRANTED: Array<[name: string, worlds: Worlds]> = [
  ['an exchange takes as long as half the grace, and more', { tabs: 2, maxExchangeTicks: 2 }],
  [
    'a page sleeps between keeping its attempt and sending it',
    { tabs: 2, pauses: true, pagesSleep: true },
  ],
  ['a store falls back while requests are under way', { tabs: 2, losses: 1, abruptFailover: true }],
]

describe('what is taken for granted is needed', () => {
  test.each(GRANTED)('%s', (name, worlds) => {
    expect(search(name, worlds).violation?.what).toBe(SIGNED_OUT)
  })
})

test('any number of crashes', { timeout: 600_000 }, () => {
  const worlds: Worlds = { tabs: 2, doubled: deep ? 1 : 0, crashes: 3 }
  expect(search('the browser crashes three times', worlds).violation).toBeNull()
})
