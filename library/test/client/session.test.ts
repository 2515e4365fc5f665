import { expect, test } from 'vitest'
import { signedIn } from '../../src/client/changes.ts'
import { Replaced, SignedOut } from '../../src/client/errors.ts'
import { readMarker } from '../../src/client/marker.ts'
import { NOTHING, type Kept } from '../../src/client/record.ts'
import { Holder, standing } from '../../src/client/session.ts'
import { createSubject, type ClientEvent, type State } from '../../src/client/state.ts'

const kept = (session: string, generation: number, version: number, more: Partial<Kept> = {}): Kept => ({
  ...signedIn(NOTHING, { session_id: session, generation, expires_in: 300, refresh_expires_in: 1e6 }, 'cookie', 0), version, ...more,
})

test('the cookie says which session there is; the record, how far it has come', () => {
  const ann = kept('ann', 4, 1)
  const none = { sessionId: null, generation: null }
  expect(standing(ann, undefined)).toMatchObject({ sessionId: 'ann', generation: 4 })
  expect(standing(ann, { sessionId: 'ann', generation: 5 })).toMatchObject({ sessionId: 'ann', generation: 5 })
  expect(standing(ann, { sessionId: 'ann', generation: 3 })).toMatchObject({ sessionId: 'ann', generation: 4 })
  expect(standing(ann, { sessionId: 'bob', generation: 2 })).toMatchObject({ sessionId: 'bob', generation: 2 })
  expect(standing(ann, null)).toEqual({ ...none, reason: 'token_missing' })
  expect(standing({ ...ann, ended: ['bob'] }, { sessionId: 'bob', generation: 9 })).toEqual({ ...none, reason: 'token_missing' })
  const over = { ...NOTHING, reason: 'session_idle', ended: ['ann'] }
  expect(standing(over, { sessionId: 'ann', generation: 9 })).toEqual({ ...none, reason: 'session_idle' })
  expect(standing(NOTHING, null)).toEqual({ ...none, reason: null })
})

test('the name that only this host can have set comes first', () => {
  expect(readMarker('a=b; latchkey-session=x.1; __Host-latchkey-session=y-_.22')).toEqual({ sessionId: 'y-_', generation: 22 })
  expect(readMarker('latchkey-session=x.1')).toEqual({ sessionId: 'x', generation: 1 })
  for (const odd of ['', 'latchkey-session=', 'latchkey-session=x', 'latchkey-session=x.y', 'my-latchkey-session=x.1', 'latchkey-session=<b>.1']) {
    expect(readMarker(odd), odd).toBeNull()
  }
})

function follow() {
  const subject = createSubject()
  const told: Array<[State, ClientEvent]> = []
  subject.subscribe((...all) => told.push(all))
  const holder = new Holder(subject)
  const take = (read: Kept): void => holder.take(read, undefined, true, 'another tab')
  return { subject, holder, take, told, types: () => told.map(([, { type }]) => type) }
}

test('what is read becomes state and events, and waiting requests are told', () => {
  const { subject, holder, take, types } = follow()
  take(kept('ann', 0, 1))
  const over = holder.held?.over.signal
  take(kept('ann', 1, 2))
  expect(holder.held?.over.signal).toBe(over)
  take(kept('bob', 0, 3))
  expect(over?.reason).toBeInstanceOf(Replaced)
  const next = holder.held?.over.signal
  holder.end('bob', 'session_reused', 'this tab')
  expect(next?.reason).toBeInstanceOf(SignedOut)
  expect(next?.reason).toMatchObject({ code: 'signed_out', reason: 'session_reused' })
  expect(types()).toEqual(['signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(subject.state).toEqual({ status: 'signed-out', sessionId: null, generation: null, reason: 'session_reused', reachable: true })
})

test('what is older than what was seen, or says nothing new, is passed over', () => {
  const { subject, take, types } = follow()
  take(kept('ann', 1, 5))
  const { state } = subject
  take(kept('ann', 1, 5))
  take(kept('ann', 0, 4))
  take(kept('bob', 0, 3))
  expect(subject.state).toBe(state)
  expect(types()).toEqual(['signed-in'])
})

test('a session that ended here does not come back, whatever is read', () => {
  const { subject, holder, take } = follow()
  take(kept('ann', 0, 1))
  holder.end('ann', 'session_signed_out', 'this tab')
  take(kept('ann', 1, 9))
  expect(subject.state.status).toBe('signed-out')
})

test('state is frozen and the same object until it changes; who unsubscribes hears no more', () => {
  const subject = createSubject()
  const heard: string[] = []
  const listener = (): void => void heard.push('x')
  const stop = subject.subscribe(listener)
  subject.subscribe(listener)
  const before = subject.state
  expect(Object.isFrozen(before)).toBe(true)
  subject.set({}, { type: 'renewed', by: 'this tab' })
  expect(subject.state).toBe(before)
  stop()
  subject.set({ generation: 1 }, { type: 'renewed', by: 'this tab' })
  expect(subject.state).not.toBe(before)
  expect(heard).toHaveLength(3)
})
