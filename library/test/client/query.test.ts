import { expect, test } from 'vitest'
import type { Client } from '../../src/client/internal/types.ts'
import { Replaced, SignedOut, Unreachable } from '../../src/client/internal/errors.ts'
import { onEnd, retry, sessionError } from '../../src/client/integrations/query.ts'
import type { Listener } from '../../src/client/internal/state.ts'
import { UNKNOWN } from '../../src/client/internal/state.ts'

const over = new SignedOut('session_idle')

test('the client’s own error is found, however a library wrapped it', () => {
  const wrapped = [
    over,
    new Error('axios', { cause: over }),
    { networkError: over },
    new Error('outer', { cause: { networkError: over } }),
  ]
  expect(wrapped.map(sessionError)).toEqual([over, over, over, over])
  const circle = new Error('circle')
  circle.cause = circle
  for (const other of [
    new Error('other'),
    new Error('other', { cause: 'text' }),
    circle,
    null,
    undefined,
    'text',
    0,
  ])
    expect(sessionError(other)).toBeNull()
})

test('a query is repeated three times, but not under a session that is over', () => {
  const tries = (error: Error): number =>
    [0, 1, 2, 3, 4].filter((failures) => retry(failures, error)).length
  const gone = [over, new Replaced(), new Error('axios', { cause: over })]
  expect(gone.map(tries)).toEqual([0, 0, 0])
  expect([new Error('other'), new Unreachable(1)].map(tries)).toEqual([3, 3])
})

test('what was fetched is forgotten when it is nobody’s any more, and only then', () => {
  const listeners = new Set<Listener>()
  const client = {
    subscribe: (listener: Listener) => (
      listeners.add(listener),
      () => void listeners.delete(listener)
    ),
  } as Partial<Client> as Client
  let forgotten = 0
  const stop = onEnd(client, () => forgotten++)
  const told = [
    'signed-in',
    'renewed',
    'unreachable',
    'reachable',
    'replaced',
    'signed-out',
  ] as const
  for (const type of told)
    for (const listener of listeners) listener(UNKNOWN, { type, by: 'another tab' })
  expect(forgotten).toBe(2)
  stop()
  expect(listeners.size).toBe(0)
})
