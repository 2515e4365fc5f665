import assert from 'node:assert/strict'
import {
  assertStored,
  createIn,
  DAY,
  newId,
  listAll,
  NOW,
  sessionWith,
  type Cases,
} from './case.ts'

const LATEST = Date.UTC(9999, 11, 31)

/** Creating and reading. */
export const SESSIONS: Cases = {
  'create: a session with all fields is read back unchanged': async ({ store }) => {
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

  'create: a session without device and claims is read back unchanged': async ({ store }) => {
    await assertStored(store, await createIn(store))
  },

  'create: the greatest generation and instants are read back exactly': async ({ store }) => {
    const session = await createIn(store, {
      generation: 2 ** 32 - 1,
      issuedAt: LATEST,
      createdAt: LATEST,
      idleEndsAt: LATEST,
      endsAt: LATEST,
    })
    await assertStored(store, session)
  },

  'read: an unknown id returns null': async ({ store }) => {
    await createIn(store)
    assert.equal(await store.read(newId()), null)
  },

  'create: ids that differ only in case are two sessions': async ({ store }) => {
    const upper = await createIn(store, { id: 'ABCDEFGHIJKLMNOPQRSTUA', identity: 'ada' })
    const lower = await createIn(store, { id: 'abcdefghijklmnopqrstuA', identity: 'bob' })
    await assertStored(store, upper)
    await assertStored(store, lower)
  },

  'create: an id that is taken throws and keeps the first session': async ({ store }) => {
    const first = await createIn(store)
    await assert.rejects(async () =>
      store.create({ ...first, identity: 'eve', endsAt: NOW + 900 * DAY }),
    )
    await assertStored(store, first)
    assert.deepEqual(await listAll(store, 'eve'), [])
  },

  'create: fifty concurrent calls, all sessions are stored': async ({ store }) => {
    const sessions = Array.from({ length: 50 }, (_, index) =>
      sessionWith({ createdAt: NOW + index }),
    )
    await Promise.all(sessions.map(async (session) => store.create(session)))
    assert.deepEqual(await listAll(store, 'ada'), sessions.toReversed())
  },

  'create, read and list: changes of the objects afterwards do not change the store': async ({
    store,
  }) => {
    const session = sessionWith({ claims: { roles: ['reader'] }, device: { userAgent: 'one' } })
    const before = structuredClone(session)
    await store.create(session)
    session.claims.roles = ['admin']
    session.device.userAgent = 'another'
    session.generation = 9
    const [read, listed] = [await store.read(session.id), (await listAll(store, 'ada'))[0]]
    for (const session of [read!, listed!]) {
      assert.deepEqual(session, before)
      ;(session.claims.roles as string[]).push('admin')
      session.device.address = '192.0.2.1'
      session.end = { at: NOW, reason: 'signed-out', details: null }
    }
    await assertStored(store, before)
  },
}
