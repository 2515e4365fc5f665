import { describe, expect, test } from 'vitest'
import { createAuthCore } from '../../../src/core/auth.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { DAY, SECOND, SECRET, setUp, STORES } from './setup.ts'

const REFUSED = { ok: false, code: 'ticket_invalid', status: 401 }

describe.each(STORES)('a ticket (%s store)', (_name, open) => {
  test('identifies its session like an access token, and contains none', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const { sessionId, accessToken, refreshToken } = await auth.signIn('ada', {
      claims: { role: 'reader' },
    })
    const { ticket, expiresIn } = auth.createTicket(sessionId)
    expect(expiresIn).toBe(30)
    expect(ticket).toMatch(/^[\w-]{92}$/)
    for (const secret of [accessToken, refreshToken])
      expect(
        Buffer.from(ticket, 'base64url').includes(Buffer.from(secret, 'base64url').subarray(-16)),
      ).toBe(false)
    const seconds = clock.now / 1000
    expect(await auth.redeemTicket(ticket)).toMatchObject({
      ok: true,
      identity: 'ada',
      sessionId,
      fresh: false,
      claims: {
        sub: 'ada',
        sid: sessionId,
        role: 'reader',
        iat: seconds,
        exp: seconds + 300,
        auth_time: seconds,
        fresh: false,
      },
    })
  })

  test('is accepted once across processes', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { sessionId } = await here.auth.signIn('ada')
    const { ticket } = here.auth.createTicket(sessionId)
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (index % 2 ? here : there).auth.redeemTicket(ticket),
      ),
    )
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    for (const outcome of outcomes.filter(({ ok }) => !ok)) expect(outcome).toMatchObject(REFUSED)
    expect(await here.auth.redeemTicket(here.auth.createTicket(sessionId).ticket)).toMatchObject({
      ok: true,
    })
  })

  test('expires after thirty seconds, also if another clock is a minute behind', async () => {
    using stores = open()
    const [here, there] = [setUp(stores.first), setUp(stores.second)]
    const { sessionId } = await here.auth.signIn('ada')
    const [unused, used] = [
      here.auth.createTicket(sessionId).ticket,
      here.auth.createTicket(sessionId).ticket,
    ]
    here.clock.now += 29 * SECOND
    expect(await here.auth.redeemTicket(used)).toMatchObject({ ok: true })
    here.clock.now += SECOND
    expect(await here.auth.redeemTicket(unused)).toMatchObject(REFUSED)
    for (let passed = 0; passed < 60; passed++) {
      here.clock.now += SECOND
      there.clock.now = here.clock.now - 59 * SECOND
      await here.auth.redeemTicket(here.auth.createTicket(sessionId).ticket)
      expect(await there.auth.redeemTicket(used)).toMatchObject(REFUSED)
    }
  })

  test('is refused after its session has ended, by any cause', async () => {
    using stores = open()
    const { auth, clock } = setUp(stores.first)
    const [out, idle] = [await auth.signIn('ada'), await auth.signIn('ada')]
    const { ticket } = auth.createTicket(out.sessionId)
    await auth.signOut(out.sessionId)
    expect(await auth.redeemTicket(ticket)).toMatchObject({ ok: false, code: 'session_signed_out' })
    clock.now += 30 * DAY
    expect(await auth.redeemTicket(auth.createTicket(idle.sessionId).ticket)).toMatchObject({
      ok: false,
      code: 'session_idle',
    })
    expect(
      await auth.redeemTicket(auth.createTicket('AAAAAAAAAAAAAAAAAAAAAA').ticket),
    ).toMatchObject({ ok: false, code: 'session_unknown' })
  })
})

test('a ticket for one audience is refused for another', async () => {
  const { auth } = setUp()
  const { sessionId } = await auth.signIn('ada')
  const { ticket } = auth.createTicket(sessionId, { audience: '/live' })
  for (const options of [{}, { audience: '/live/' }, { audience: '/admin' }])
    expect(await auth.redeemTicket(ticket, options)).toMatchObject(REFUSED)
  expect(
    await auth.redeemTicket(auth.createTicket(sessionId).ticket, { audience: '/live' }),
  ).toMatchObject(REFUSED)
  expect(await auth.redeemTicket(ticket, { audience: '/live' })).toMatchObject({ ok: true })
})

test('other tokens, changed bytes, spellings and secrets never reach the store', async () => {
  const storeCalls: string[] = []
  const store = memoryStore()
  const { auth } = setUp({
    ...store,
    read: (id) => (storeCalls.push(id), store.read(id)),
    claimOnce: (...key) => (storeCalls.push(key[0]), store.claimOnce(...key)),
  })
  const { sessionId, accessToken, refreshToken } = await auth.signIn('ada')
  const { ticket } = auth.createTicket(sessionId)
  const bytes = Buffer.from(ticket, 'base64url')
  const changed = Array.from(bytes, (byte, index) =>
    Buffer.from(bytes)
      .fill(byte ^ 1, index, index + 1)
      .toString('base64url'),
  )
  const spellings = [
    `${ticket}=`,
    ` ${ticket}`,
    `${ticket}\n`,
    ticket.slice(0, -1),
    `${ticket}A`,
    ticket.replaceAll('_', '/').replaceAll('-', '+').padEnd(93, '='),
  ]
  const elsewhere = createAuthCore({ secret: `${SECRET}!`, store: memoryStore() }).createTicket(
    sessionId,
  ).ticket
  for (const text of [
    accessToken,
    refreshToken,
    'x',
    'A'.repeat(92),
    ticket.toLowerCase(),
    elsewhere,
    ...changed,
    ...spellings,
    'x'.repeat(1_000_000),
  ]) {
    expect(await auth.redeemTicket(text)).toMatchObject(REFUSED)
  }
  for (const missing of [null, undefined, ''])
    expect(await auth.redeemTicket(missing)).toMatchObject({ ok: false, code: 'token_missing' })
  expect(storeCalls).toEqual([])
  // A ticket is not accepted as another token.
  expect(await auth.checkToken(ticket)).toMatchObject({ ok: false, code: 'token_invalid' })
  expect(await auth.refresh(ticket)).toMatchObject({ ok: false, code: 'token_invalid' })
  expect(await auth.redeemTicket(ticket)).toMatchObject({ ok: true })
})

test('a ticket of a previous secret is accepted', async () => {
  const store = memoryStore()
  const before = createAuthCore({ secret: SECRET, store })
  const after = createAuthCore({
    secret: ['another secret of more than thirty-two bytes', SECRET],
    store,
  })
  const { sessionId } = await before.signIn('ada')
  expect(await after.redeemTicket(before.createTicket(sessionId).ticket)).toMatchObject({
    ok: true,
  })
  expect(await before.redeemTicket(after.createTicket(sessionId).ticket)).toMatchObject(REFUSED)
})

test('a store that fails refuses the ticket, which stays usable', async () => {
  const store = memoryStore()
  let down = true
  const { auth } = setUp({
    ...store,
    claimOnce: (...key) => {
      if (down) throw new Error('the store is down')
      return store.claimOnce(...key)
    },
  })
  const { sessionId } = await auth.signIn('ada')
  const { ticket } = auth.createTicket(sessionId)
  expect(await auth.redeemTicket(ticket)).toMatchObject({
    ok: false,
    code: 'temporarily_unavailable',
    status: 503,
  })
  down = false
  expect(await auth.redeemTicket(ticket)).toMatchObject({ ok: true })
})

test('createTicket refuses anything but a session id', () => {
  const { auth } = setUp()
  for (const missing of ['', 'ada', undefined, null])
    expect(() => auth.createTicket(missing as never)).toThrow(
      'createTicket takes the id of a session',
    )
})
