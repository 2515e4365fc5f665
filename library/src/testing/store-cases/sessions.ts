import assert from 'node:assert/strict'
import { assertStored, createIn, DAY, newId, NOW, sessionWith, type Cases } from './case.ts'

const LATEST = Date.UTC(9999, 11, 31)

/** Creating and reading. */
export const SESSIONS: Cases = {
  'a session is read back as it was created': async ({ store }) => {
    const session = sessionWith({
      identity: '张伟 🗝️ O’Brien "quoted" \\ \' -- ;',
      generation: 7,
      attempt: 'AAAAAAAAAAAAAAAAAAAAAA',
      used: true,
      issuedAt: NOW + 1,
      createdAt: NOW - 2,
      idleEndsAt: NOW + 3,
      endsAt: NOW + 4,
      rotates: false,
      claims: {
        roles: ['管理员', 'редактор'],
        nested: { deep: [1, 2.5, -1e-7, null, true, ''] },
        '': 'an empty name',
      },
      device: { userAgent: 'Mozilla/5.0 (🧭)', address: '2001:db8::1' },
    })
    await store.create(session)
    await assertStored(store, session)
  },

  'a session may say nothing of its device, and carry no claims': async ({ store }) => {
    await assertStored(store, await createIn(store))
  },

  'counters and instants are exact up to their greatest': async ({ store }) => {
    const session = await createIn(store, {
      generation: 2 ** 32 - 1,
      issuedAt: LATEST,
      createdAt: LATEST,
      idleEndsAt: LATEST,
      endsAt: LATEST,
    })
    await assertStored(store, session)
  },

  'an id that nobody has is read as null': async ({ store }) => {
    await createIn(store)
    assert.equal(await store.read(newId()), null)
  },

  'ids that differ only in case are two sessions': async ({ store }) => {
    const upper = await createIn(store, { id: 'ABCDEFGHIJKLMNOPQRSTUA', identity: 'ada' })
    const lower = await createIn(store, { id: 'abcdefghijklmnopqrstuA', identity: 'bob' })
    await assertStored(store, upper)
    await assertStored(store, lower)
  },

  'a second session with the same id is refused, and the first one stays': async ({ store }) => {
    const first = await createIn(store)
    await assert.rejects(async () =>
      store.create({ ...first, identity: 'eve', endsAt: NOW + 900 * DAY }),
    )
    await assertStored(store, first)
    assert.deepEqual(await store.list('eve'), [])
  },

  'of many sessions created at once each is stored': async ({ store }) => {
    const sessions = Array.from({ length: 50 }, (_, index) =>
      sessionWith({ createdAt: NOW + index }),
    )
    await Promise.all(sessions.map(async (session) => store.create(session)))
    assert.deepEqual(await store.list('ada'), sessions.toReversed())
  },

  'what is done to an object that went in or came out changes nothing in the store': async ({
    store,
  }) => {
    const session = sessionWith({ claims: { roles: ['reader'] }, device: { userAgent: 'one' } })
    const before = structuredClone(session)
    await store.create(session)
    session.claims.roles = ['admin']
    session.device.userAgent = 'another'
    session.generation = 9
    const [read, listed] = [await store.read(session.id), (await store.list('ada'))[0]]
    for (const each of [read!, listed!]) {
      assert.deepEqual(each, before)
      ;(each.claims.roles as string[]).push('admin')
      each.device.address = '192.0.2.1'
      each.end = { at: NOW, reason: 'signed-out', details: null }
    }
    await assertStored(store, before)
  },
}
