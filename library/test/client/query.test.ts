import { expect, test } from 'vitest'
import type { Client } from '../../src/client/internal/types.ts'
import { Replaced, SignedOut, Unreachable } from '../../src/client/internal/errors.ts'
import { onEnd, retry, sessionError } from '../../src/client/integrations/query.ts'
import type { Listener } from '../../src/client/internal/state.ts'
import { UNKNOWN } from '../../src/client/internal/state.ts'

const signedOut = new SignedOut('session_idle')

test('sessionError: finds the error of the client inside those of common libraries', () => {
  const wrapped = [
    signedOut,
    new Error('axios', { cause: signedOut }),
    { networkError: signedOut },
    new Error('outer', { cause: { networkError: signedOut } }),
  ]
  expect(wrapped.map(sessionError)).toEqual([signedOut, signedOut, signedOut, signedOut])
  const cycle = new Error('cycle')
  cycle.cause = cycle
  for (const other of [
    new Error('other'),
    new Error('other', { cause: 'text' }),
    cycle,
    null,
    undefined,
    'text',
    0,
  ])
    expect(sessionError(other)).toBeNull()
})

test('retry: three times, but not after the session has ended', () => {
  const tries = (error: Error): number =>
    [0, 1, 2, 3, 4].filter((failures) => retry(failures, error)).length
  const ended = [signedOut, new Replaced(), new Error('axios', { cause: signedOut })]
  expect(ended.map(tries)).toEqual([0, 0, 0])
  expect([new Error('other'), new Unreachable(1)].map(tries)).toEqual([3, 3])
})

test('onEnd: called when the session ends or is replaced, and only then', () => {
  const listeners = new Set<Listener>()
  const client = {
    subscribe: (listener: Listener) => (
      listeners.add(listener),
      () => void listeners.delete(listener)
    ),
  } as Partial<Client> as Client
  let cleared = 0
  const stop = onEnd(client, () => cleared++)
  const types = [
    'signed-in',
    'renewed',
    'unreachable',
    'reachable',
    'replaced',
    'signed-out',
  ] as const
  for (const type of types)
    for (const listener of listeners) listener(UNKNOWN, { type, by: 'another tab' })
  expect(cleared).toBe(2)
  stop()
  expect(listeners.size).toBe(0)
})
