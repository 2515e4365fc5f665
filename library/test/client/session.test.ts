import { expect, test } from 'vitest'
import { signedIn } from '../../src/client/changes.ts'
import { cookieTransport } from '../../src/client/cookie-transport.ts'
import { createCore } from '../../src/client/core.ts'
import { Replaced, SignedOut } from '../../src/client/errors.ts'
import { readMarker, type Marker } from '../../src/client/marker.ts'
import { NOTHING, type Kept } from '../../src/client/record.ts'
import { end, take } from '../../src/client/session.ts'
import { tell, type ClientEvent, type State } from '../../src/client/state.ts'

const kept = (session: string, generation: number, receivedAt = 1): Kept => {
  const tokens = { session_id: session, generation, expires_in: 300, refresh_expires_in: 1e6 }
  return signedIn(NOTHING, { access: session, refresh: session }, tokens, receivedAt)
}

function follow() {
  const core = createCore({}, cookieTransport)
  const told: Array<[State, ClientEvent]> = []
  core.listeners.add((...all) => told.push(all))
  const see = (record: Kept, marker?: Marker | null): State => {
    core.kept = record
    take(core, marker, { by: 'another tab' }, true)
    return core.state
  }
  return { core, see, types: () => told.map(([, { type }]) => type) }
}

test('the cookie says which session there is; the record, how far it has come', () => {
  const ann = kept('ann', 4)
  const none = { status: 'signed-out', sessionId: null, generation: null }
  const seen = (record: Kept, marker?: Marker | null): State => follow().see(record, marker)
  expect(seen(ann)).toMatchObject({ status: 'signed-in', sessionId: 'ann', generation: 4 })
  expect(seen(ann, { sessionId: 'ann', generation: 5 })).toMatchObject({ sessionId: 'ann', generation: 5 })
  expect(seen(ann, { sessionId: 'ann', generation: 3 })).toMatchObject({ sessionId: 'ann', generation: 4 })
  expect(seen(ann, { sessionId: 'bob', generation: 2 })).toMatchObject({ sessionId: 'bob', generation: 2 })
  expect(seen(ann, null)).toMatchObject({ ...none, reason: 'token_missing' })
  expect(seen({ ...ann, ended: ['bob'] }, { sessionId: 'bob', generation: 9 })).toMatchObject({ ...none, reason: 'token_missing' })
  const over = { ...NOTHING, reason: 'session_idle', ended: ['ann'] }
  expect(seen(over, { sessionId: 'ann', generation: 9 })).toMatchObject({ ...none, reason: 'session_idle' })
  expect(seen(NOTHING, null)).toMatchObject({ ...none, reason: null })
})

test('the name that only this host can have set comes first', () => {
  expect(readMarker('a=b; latchkey-session=x.1; __Host-latchkey-session=y-_.22')).toEqual({ sessionId: 'y-_', generation: 22 })
  expect(readMarker('latchkey-session=x.1')).toEqual({ sessionId: 'x', generation: 1 })
  expect(readMarker('__Host-latchkey-session=x.1; other=2')).toEqual({ sessionId: 'x', generation: 1 })
  for (const odd of ['', 'latchkey-session=', 'latchkey-session=x', 'latchkey-session=x.y', 'my-latchkey-session=x.1', 'latchkey-session=<b>.1']) {
    expect(readMarker(odd), odd).toBeNull()
  }
})

test('what is read becomes state and events, and waiting requests are told', () => {
  const { core, see, types } = follow()
  see(kept('ann', 0, 1))
  const over = core.held?.over.signal
  see(kept('ann', 1, 2))
  expect(core.held?.over.signal).toBe(over)
  see(kept('bob', 0, 3))
  expect(over?.reason).toBeInstanceOf(Replaced)
  const next = core.held?.over.signal
  end(core, 'bob', 'session_reused', { by: 'this tab' })
  expect(next?.reason).toBeInstanceOf(SignedOut)
  expect(next?.reason).toMatchObject({ name: 'SignedOut', code: 'signed_out', reason: 'session_reused' })
  expect(types()).toEqual(['signed-in', 'renewed', 'replaced', 'signed-out'])
  expect(core.state).toEqual({ status: 'signed-out', sessionId: null, generation: null, reason: 'session_reused', reachable: true })
})

test('what says nothing new is passed over', () => {
  const { see, types } = follow()
  const state = see(kept('ann', 1, 5))
  expect(see(kept('ann', 1, 5))).toBe(state)
  expect(types()).toEqual(['signed-in'])
})

test('a session that ended here does not come back, whatever is read', () => {
  const { core, see } = follow()
  see(kept('ann', 0, 1))
  end(core, 'ann', 'session_signed_out', { by: 'this tab' })
  expect(see(kept('ann', 1, 9)).status).toBe('signed-out')
})

test('state is frozen and the same object until it changes; a listener that throws stops nobody', () => {
  const core = createCore({}, cookieTransport)
  const heard: string[] = []
  core.listeners.add(({ generation }) => void heard.push(String(generation)))
  const before = core.state
  expect(Object.isFrozen(before)).toBe(true)
  tell(core, {}, { type: 'renewed', by: 'this tab' })
  expect(core.state).toBe(before)
  tell(core, { generation: 1 }, { type: 'renewed', by: 'this tab' })
  expect(core.state).not.toBe(before)
  expect(heard).toEqual(['null', '1'])
})
