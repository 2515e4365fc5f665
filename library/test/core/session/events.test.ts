import { describe, expect, test, vi } from 'vitest'
import { DAY, MINUTE, SECOND, setUp, STORES, tokensIn, under } from './setup.ts'
import type { SessionEvent } from '../../../src/core/events.ts'

const LAPTOP = { userAgent: 'the laptop’s', address: '192.0.2.1' }
const PHONE = { userAgent: 'the phone’s', address: '192.0.2.2' }

describe.each(STORES)('events (%s store)', (_name, open) => {
  test('each is emitted once, without tokens or attempts', async () => {
    using stores = open()
    const { auth, clock, events, store } = setUp(stores.first, {
      idleLifetime: 1200,
      absoluteLifetime: 7200,
    })
    const secrets: string[] = []
    const collectSecrets = ({
      accessToken,
      refreshToken,
      ...rest
    }: Awaited<ReturnType<typeof auth.signIn>>) => (
      secrets.push(accessToken, refreshToken),
      { ...rest, accessToken, refreshToken }
    )
    const first = collectSecrets(await auth.signIn('ada', { device: LAPTOP }))
    clock.now += MINUTE
    const second = collectSecrets(
      tokensIn(await auth.refresh(first.refreshToken, { ...under('attempt one'), device: LAPTOP })),
    )
    clock.now += SECOND
    collectSecrets(
      tokensIn(await auth.refresh(first.refreshToken, { ...under('attempt one'), device: LAPTOP })),
    )
    clock.now += SECOND
    collectSecrets(tokensIn(await auth.refresh(first.refreshToken, { device: PHONE })))
    const before = (await store.read(first.sessionId))!
    clock.now += MINUTE
    const third = collectSecrets(
      tokensIn(
        await auth.refresh(second.refreshToken, {
          ...under('attempt two', 'attempt one'),
          device: LAPTOP,
        }),
      ),
    )
    // A backup is restored: the last rotation is lost.
    await store.rotate(first.sessionId, (await store.read(first.sessionId))!, before)
    clock.now += MINUTE
    collectSecrets(
      tokensIn(
        await auth.refresh(third.refreshToken, {
          ...under('attempt three', 'attempt two'),
          device: LAPTOP,
        }),
      ),
    )
    clock.now += MINUTE
    await auth.refresh(first.refreshToken, { ...under('thief'), device: PHONE })
    const out = collectSecrets(await auth.signIn('ada', { device: PHONE }))
    await auth.signOut(out.sessionId)
    const idle = collectSecrets(await auth.signIn('ada', { device: PHONE }))
    clock.now += DAY
    await auth.refresh(idle.refreshToken, { ...under('one'), device: LAPTOP })
    const { sessionId } = first
    expect(events.map(({ at: _at, ...event }) => event)).toMatchObject([
      { type: 'signed-in', sessionId, identity: 'ada', generation: 0, device: LAPTOP },
      { type: 'refreshed', sessionId, generation: 1, device: LAPTOP },
      {
        type: 'repeated',
        sessionId,
        generation: 1,
        device: LAPTOP,
        holder: LAPTOP,
        otherDevice: false,
      },
      {
        type: 'repeated',
        sessionId,
        generation: 1,
        device: PHONE,
        holder: LAPTOP,
        otherDevice: true,
      },
      { type: 'refreshed', sessionId, generation: 2, device: LAPTOP },
      { type: 'recovered', sessionId, generation: 3, device: LAPTOP },
      {
        type: 'reused',
        sessionId,
        generation: 3,
        device: PHONE,
        holder: LAPTOP,
        reason: 'reused',
        details: { presented: 0, current: 3, after: MINUTE },
      },
      { type: 'signed-in', sessionId: out.sessionId, generation: 0, device: PHONE },
      { type: 'signed-out', sessionId: out.sessionId, generation: 0, reason: 'signed-out' },
      { type: 'signed-in', sessionId: idle.sessionId, generation: 0, device: PHONE },
      { type: 'expired', sessionId: idle.sessionId, generation: 0, device: LAPTOP, reason: 'idle' },
    ])
    const emitted = JSON.stringify(events)
    for (const secret of [...secrets, 'attempt one', 'attempt two', 'attempt three'])
      expect(emitted).not.toContain(secret)
  })
})

test.each([
  [{ userAgent: 'x', address: '192.0.2.1' }, { userAgent: 'x', address: '192.0.2.1' }, false],
  [{ userAgent: 'x', address: '192.0.2.1' }, { userAgent: 'x', address: '192.0.2.9' }, true],
  [{ userAgent: 'x', address: '192.0.2.1' }, { userAgent: 'y', address: '192.0.2.1' }, true],
  [{ userAgent: 'x' }, { userAgent: 'x', address: '192.0.2.1' }, false],
  [{}, {}, false],
])(
  'a repeat by device %j of a generation issued to %j: otherDevice is %s',
  async (device, holder, other) => {
    const { auth, eventsOfType } = setUp()
    const { refreshToken } = await auth.signIn('ada', { device: holder })
    await auth.refresh(refreshToken, { device })
    expect(eventsOfType('repeated')).toMatchObject([{ otherDevice: other }])
  },
)

test('a listener that throws or rejects causes a warning and nothing else', async () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const received: Array<SessionEvent['type']> = []
  const listeners = [
    () => {
      throw new Error('the log is full')
    },
    async () => Promise.reject(new Error('the log is slow')),
  ]
  for (const listener of listeners) {
    const { auth, clock } = setUp(undefined, {
      onEvent: (event) => (received.push(event.type as SessionEvent['type']), listener() as never),
    })
    const { refreshToken, sessionId, accessToken } = await auth.signIn('ada')
    clock.now += MINUTE
    expect(await auth.refresh(refreshToken, under('one'))).toMatchObject({ ok: true })
    expect(await auth.signOut(sessionId)).toBe(true)
    expect(await auth.checkToken(accessToken)).toMatchObject({
      ok: false,
      code: 'session_signed_out',
    })
  }
  expect(received).toEqual([
    'signed-in',
    'refreshed',
    'signed-out',
    'signed-in',
    'refreshed',
    'signed-out',
  ])
  const text = 'the option "onEvent" threw: the log is '
  expect(warnings.mock.calls.map(([warning]) => warning)).toEqual([
    ...Array<string>(3).fill(`${text}full`),
    ...Array<string>(3).fill(`${text}slow`),
  ])
  warnings.mockRestore()
})
