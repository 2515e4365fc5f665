import { describe, expect, test } from 'vitest'
import {
  decide,
  decideForRender,
  type RenderDecision,
  endedCode,
  type Decision,
  type Presented,
} from '../../../src/core/session/decide.ts'
import type { Session } from '../../../src/core/store.ts'
import { NOW, sessionWith } from '../../../src/testing/store-cases/case.ts'

const GRACE = 30_000

type Issued = Exclude<Decision, { do: 'reuse' }>
const REPEAT: Issued = { do: 'repeat', extend: false }
const EXTEND: Issued = { do: 'repeat', extend: true }
const REUSE: Decision = { do: 'reuse' }
const rotateTo = (to: number): Issued => ({ do: 'rotate', to, recovered: false })
const recoverTo = (to: number): Issued => ({ do: 'rotate', to, recovered: true })

/** A session at generation 5, made under attempt M and issued `age` milliseconds ago. */
const row = (age: number, fields: Partial<Session> = {}): Session =>
  sessionWith({ generation: 5, attempt: 'M', issuedAt: NOW - age, ...fields })
const old = (fields: Partial<Session> = {}) => row(3_600_000, fields)
const noAttempt = { attempt: null }

/** What a request presents: the generation of its token, its attempt and the previous one. */
const shows = (
  generation: number,
  attempt: string | null = null,
  previous: string | null = null,
): Presented => ({ generation, attempt, previous })

const CURRENT: Array<[when: string, row: Session, presented: Presented, decision: Decision]> = [
  ['issued at this moment', row(0), shows(5), REPEAT],
  ['issued just within the grace', row(GRACE - 1), shows(5), REPEAT],
  ['issued exactly the grace ago', row(GRACE), shows(5), rotateTo(6)],
  ['issued long ago', old(), shows(5), rotateTo(6)],
  ['issued long ago, with an attempt', old(), shows(5, 'N', 'M'), rotateTo(6)],
  ['issued long ago, with the attempt that made it', old(), shows(5, 'M'), rotateTo(6)],
  ['within the grace, by the client that made it', row(1), shows(5, 'N', 'M'), REPEAT],
  ['the clock was set back by less than the grace', row(-GRACE + 1), shows(5), REPEAT],
  ['the clock was set back by the grace', row(-GRACE), shows(5), rotateTo(6)],
  ['the session’s first generation', old({ generation: 0, attempt: null }), shows(0), rotateTo(1)],
  ['the token never changes', old({ generation: 0, rotates: false }), shows(0), EXTEND],
  [
    'the token never changes, issued just now',
    row(0, { generation: 0, rotates: false }),
    shows(0),
    EXTEND,
  ],
]

const PREDECESSOR: typeof CURRENT = [
  ['the same attempt again', old(), shows(4, 'M'), EXTEND],
  ['the next attempt, with it as previous', old(), shows(4, 'N', 'M'), EXTEND],
  ['the same attempt again, at once', row(0), shows(4, 'M'), EXTEND],
  [
    'the same attempt again, and the successor was used',
    old({ used: true }),
    shows(4, 'M'),
    EXTEND,
  ],
  [
    'concurrent requests: just within the grace, another attempt',
    row(GRACE - 1),
    shows(4, 'N'),
    REPEAT,
  ],
  ['concurrent requests: just within the grace, no attempt', row(GRACE - 1), shows(4), REPEAT],
  ['exactly the grace ago, another attempt', row(GRACE), shows(4, 'N'), REUSE],
  ['exactly the grace ago, no attempt', row(GRACE), shows(4), REUSE],
  ['another attempt, another previous attempt', old(), shows(4, 'N', 'O'), REUSE],
  ['the clock was set back by the grace', row(-GRACE), shows(4), REUSE],
  ['no attempts, and the successor was not used', old(noAttempt), shows(4), EXTEND],
  ['no attempts, not used, at once', row(0, noAttempt), shows(4), EXTEND],
  ['no attempts, but the successor was used', old({ ...noAttempt, used: true }), shows(4), REUSE],
  [
    'no attempts, used, within the grace',
    row(GRACE - 1, { ...noAttempt, used: true }),
    shows(4),
    REPEAT,
  ],
  [
    'only the request has an attempt, not used: the next generation but one',
    old(noAttempt),
    shows(4, 'N'),
    rotateTo(7),
  ],
  [
    'only the request has an attempt, not used, within the grace',
    row(1, noAttempt),
    shows(4, 'N'),
    EXTEND,
  ],
  [
    'only the request has an attempt, used',
    old({ ...noAttempt, used: true }),
    shows(4, 'N'),
    REUSE,
  ],
  [
    'only the request has an attempt, used, within the grace',
    row(1, { ...noAttempt, used: true }),
    shows(4, 'N'),
    REPEAT,
  ],
  ['the row has an attempt, the request has none', old(), shows(4), REUSE],
]

const FARTHER: typeof CURRENT = [
  ['two behind, within the grace', row(0), shows(3), REUSE],
  ['two behind, within the grace, another attempt', row(0), shows(3, 'N', 'L'), REUSE],
  ['two behind, no attempts, unused', old(noAttempt), shows(3), REUSE],
  ['two behind, only the request has an attempt, unused', old(noAttempt), shows(3, 'N'), REUSE],
  ['the first token', old(), shows(0, 'N', 'O'), REUSE],
  ['two behind after a crash: the same attempt', old(), shows(3, 'M'), EXTEND],
  ['two behind after a crash: the next attempt', row(0), shows(3, 'N', 'M'), EXTEND],
]

const AHEAD: typeof CURRENT = [
  ['one ahead: the store has lost a write', old(), shows(6), recoverTo(7)],
  [
    'far ahead: a backup was restored',
    old({ generation: 0 }),
    shows(4_000_000_000),
    recoverTo(4_000_000_001),
  ],
  ['one ahead, within the grace', row(0), shows(6, 'N', 'M'), recoverTo(7)],
]

const end = (reason: string) => ({ end: { at: NOW, reason, details: null } })
const ENDED: typeof CURRENT = [
  ['signed out', old(end('signed-out')), shows(5), { do: 'refuse', code: 'session_signed_out' }],
  [
    'signed out everywhere',
    row(0, end('signed-out-everywhere')),
    shows(4, 'M'),
    { do: 'refuse', code: 'session_signed_out' },
  ],
  [
    'ended for a reason of the application',
    old(end('banned')),
    shows(5),
    { do: 'refuse', code: 'session_signed_out' },
  ],
  [
    'ended for a reason named like a built-in property',
    old(end('constructor')),
    shows(5),
    { do: 'refuse', code: 'session_signed_out' },
  ],
  [
    'reused, and reused again',
    old(end('reused')),
    shows(0),
    { do: 'refuse', code: 'refresh_token_reused' },
  ],
  [
    'reused, then the token of the owner',
    row(0, end('reused')),
    shows(6),
    { do: 'refuse', code: 'refresh_token_reused' },
  ],
  ['one millisecond before the idle end', old({ idleEndsAt: NOW + 1 }), shows(5), rotateTo(6)],
  [
    'at the idle end',
    row(0, { idleEndsAt: NOW }),
    shows(5),
    { do: 'refuse', code: 'session_idle' },
  ],
  [
    'after the idle end, a reused token',
    old({ idleEndsAt: NOW - 1 }),
    shows(0),
    { do: 'refuse', code: 'session_idle' },
  ],
  [
    'at the absolute end',
    row(0, { idleEndsAt: NOW, endsAt: NOW }),
    shows(5),
    { do: 'refuse', code: 'session_expired' },
  ],
  [
    'after both ends: the earlier one',
    old({ idleEndsAt: NOW - 2, endsAt: NOW - 1 }),
    shows(5),
    { do: 'refuse', code: 'session_idle' },
  ],
  [
    'after both ends at the same instant',
    old({ idleEndsAt: NOW - 1, endsAt: NOW - 1 }),
    shows(5),
    { do: 'refuse', code: 'session_expired' },
  ],
  [
    'signed out, and past the absolute end',
    old({ ...end('signed-out'), endsAt: NOW }),
    shows(5),
    { do: 'refuse', code: 'session_signed_out' },
  ],
  [
    'the token never changes: at the idle end',
    old({ rotates: false, idleEndsAt: NOW }),
    shows(5),
    { do: 'refuse', code: 'session_idle' },
  ],
]

const TABLE = {
  'the current token': CURRENT,
  'the predecessor': PREDECESSOR,
  'a token farther behind': FARTHER,
  'a token ahead of the row': AHEAD,
  'the session is over': ENDED,
}
describe.each(Object.entries(TABLE))('%s', (_presented, cases) => {
  test.each(cases)('%s', (_when, row, presented, decision) => {
    const before = structuredClone(row)
    expect(decide(row, presented, NOW, { grace: GRACE })).toEqual(decision)
    expect(row, 'the row is not changed').toEqual(before)
  })
})

const PEEK: RenderDecision = { do: 'peek' }
const LEAVE: RenderDecision = { do: 'leave' }
const used = { ...noAttempt, used: true }
/** While a page is rendered. The row has the attempt of the browser's client, or none. */
const RENDER: Array<[when: string, row: Session, generation: number, decision: RenderDecision]> = [
  ['the current token, made under an attempt', old(), 5, PEEK],
  ['the current token, made under an attempt, within the grace', row(1), 5, PEEK],
  ['the current token, made without an attempt', old(noAttempt), 5, rotateTo(6)],
  ['the current token, made without an attempt, within the grace', row(1, noAttempt), 5, REPEAT],
  ['the predecessor, made under an attempt: its client has to prove it', old(), 4, LEAVE],
  ['the predecessor, made under an attempt, within the grace', row(1), 4, PEEK],
  ['the predecessor, made without an attempt, not used', old(noAttempt), 4, EXTEND],
  ['the predecessor, made without an attempt, used', old(used), 4, LEAVE],
  ['the predecessor, made without an attempt, used, within the grace', row(1, used), 4, REPEAT],
  ['two behind', old(noAttempt), 3, LEAVE],
  ['ahead of a row with an attempt', old(), 6, LEAVE],
  ['ahead of a row without an attempt', old(noAttempt), 6, recoverTo(7)],
  ['a token that never changes', old({ ...noAttempt, generation: 0, rotates: false }), 0, EXTEND],
  ['signed out', old(end('signed-out')), 5, { do: 'refuse', code: 'session_signed_out' }],
  ['at the idle end', row(0, { idleEndsAt: NOW }), 5, { do: 'refuse', code: 'session_idle' }],
]

describe('while a page is rendered', () => {
  test.each(RENDER)('%s', (_when, row, generation, decision) => {
    expect(decideForRender(row, generation, NOW, { grace: GRACE })).toEqual(decision)
  })

  test('an unknown session is refused', () => {
    expect(decideForRender(null, 0, NOW, { grace: GRACE })).toEqual({
      do: 'refuse',
      code: 'session_unknown',
    })
  })
})

test('an unknown session is refused', () => {
  expect(decide(null, shows(0), NOW, { grace: GRACE })).toEqual({
    do: 'refuse',
    code: 'session_unknown',
  })
})

test('the grace is that of the policy', () => {
  expect(decide(row(60_000), shows(5), NOW, { grace: 60_001 })).toEqual(REPEAT)
  expect(decide(row(60_000), shows(5), NOW, { grace: 60_000 })).toEqual(rotateTo(6))
})

test('each end reason has its error code', () => {
  const codes = [
    'signed-out',
    'signed-out-everywhere',
    'reused',
    'idle',
    'expired',
    'anything',
  ].map((reason) => endedCode(row(0, end(reason))))
  expect(codes).toEqual([
    'session_signed_out',
    'session_signed_out',
    'refresh_token_reused',
    'session_idle',
    'session_expired',
    'session_signed_out',
  ])
})
