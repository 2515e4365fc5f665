import { afterAll, describe, expect, test } from 'vitest'
import { createAuthCore } from '../../src/core/auth.ts'
import { createIn, endAt, NOW, rotationTo } from '../../src/testing/store-cases/case.ts'
import { linesOf, startChild } from './child-process.ts'
import { openStore, sqlitePlace, startPostgres, startRedis, type Place } from './engines.ts'

const SECRET = 'a secret of more than thirty-two bytes'

const file = sqlitePlace()
const engines = [
  await startPostgres('several processes on PostgreSQL'),
  await startRedis('several processes on Redis'),
]
afterAll(async () => {
  file[Symbol.dispose]()
  for (const engine of engines) await engine?.stop()
})

const PLACES: Array<[name: string, place: (() => Place) | undefined]> = [
  ['SQLite', file.place],
  ['PostgreSQL', engines[0]?.place],
  ['Redis', engines[1]?.place],
]

describe.each(PLACES)('%s', (_name, newPlace) => {
  const run = test.skipIf(newPlace === undefined)

  run(
    'four processes rotate one session: each generation is made once, and none is left out',
    async () => {
      const place = newPlace!()
      const { store, close } = await openStore(place)
      const { id } = await createIn(store)
      const won = await Promise.all(
        [1, 2, 3, 4].map(async () => linesOf(startChild('race-child.ts', place, id, '200'))),
      )
      expect(
        won
          .flat()
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
      expect(await store.read(id)).toMatchObject({ ...rotationTo(200), used: false })
      await close()
    },
  )

  run(
    'two connections: of fifty rotations exactly one succeeds, and each sees what the other wrote',
    async () => {
      const place = newPlace!()
      const [one, other] = [await openStore(place), await openStore(place)]
      const session = await createIn(one.store)
      const { id } = session
      const rotations = Array.from({ length: 50 }, async (_, index) =>
        (index % 2 ? one : other).store.rotate(id, session, rotationTo(1, { attempt: `${index}` })),
      )
      expect((await Promise.all(rotations)).filter(Boolean)).toEqual([true])
      expect(await other.store.read(id)).toEqual(await one.store.read(id))
      expect(await other.store.end(id, endAt(NOW))).toBe(true)
      expect(await one.store.end(id, endAt(NOW + 1))).toBe(false)
      expect(await one.store.endedSince(NOW)).toEqual([{ sessionId: id, at: NOW }])
      await one.close()
      await other.close()
    },
  )

  run(
    'fifty identical refreshes at once over two processes: all succeed, with one successor and one rotation',
    async () => {
      const place = newPlace!()
      const { store, close } = await openStore(place)
      const { refreshToken } = await createAuthCore({
        secret: SECRET,
        store,
        now: () => NOW,
      }).signIn('ada')
      const children = [1, 2].map(() =>
        startChild('concurrent-refresh-child.ts', place, refreshToken, '25'),
      )
      let ready = 0
      const lines = children.map(async (child) =>
        linesOf(child, (_line, count) => {
          if (count === 1 && ++ready === 2) for (const each of children) each.stdin!.write('go\n')
        }),
      )
      const said = (await Promise.all(lines))
        .flat()
        .map((line) => JSON.parse(line) as { event?: string; refreshToken?: string })
      const tokens = said.flatMap(({ refreshToken }) => refreshToken ?? [])
      expect(tokens).toHaveLength(50)
      expect(new Set(tokens).size).toBe(1)
      expect(said.filter(({ event }) => event === 'refreshed')).toHaveLength(1)
      expect(said.filter(({ event }) => event === 'repeated')).toHaveLength(49)
      await close()
    },
  )

  /** Killed after so many changes were told; it does more before the signal arrives, and dies between any two instructions. */
  run.each([1, 4, 21])(
    'a process that is killed (after %i changes) has lost nothing that it answered',
    async (after) => {
      const place = newPlace!()
      const { store, close } = await openStore(place)
      const child = startChild('crash-child.ts', place)
      const lines = await linesOf(child, (_line, count) => count === after && child.kill('SIGKILL'))
      expect(child.signalCode).toBe('SIGKILL')
      const changes = lines.map((line) => JSON.parse(line) as Change)
      const answered = new Map<string, Change[]>()
      for (const change of changes)
        answered.set(change.id, [...(answered.get(change.id) ?? []), change])
      const unfinished = changes.at(-1)!.id
      // What it had sent when it died may still be carried out: everything below holds before and after.
      for (const [id, told] of answered) {
        const row = (await store.read(id))!
        const { generation } = told.at(-1)!
        // The last change may have been written and not told any more.
        expect([generation, id === unfinished ? generation + 1 : generation]).toContain(
          row.generation,
        )
        if (told.some(({ did }) => did === 'end'))
          expect(row.end).toMatchObject({ reason: 'signed-out', details: null })
        else if (id !== unfinished) expect(row.end).toBeNull()
      }
      // Whatever step it died at, ending all of an identity leaves no session that lives.
      await store.endAll('ada', null, endAt(NOW))
      const sessions = await store.list('ada')
      expect(sessions.filter(({ end }) => end === null)).toEqual([])
      expect(sessions.length - answered.size).toBeOneOf([0, 1])
      const ended = new Set((await store.endedSince(0)).map(({ sessionId }) => sessionId))
      expect(ended).toEqual(new Set(sessions.map(({ id }) => id)))
      await close()
    },
  )

  run('a refresh token that was handed out before the process was killed still works', async () => {
    const place = newPlace!()
    const { store, close } = await openStore(place)
    const child = startChild('refresh-child.ts', place)
    const tokens = await linesOf(child, (_line, count) => count === 10 && child.kill('SIGKILL'))
    const auth = createAuthCore({
      secret: SECRET,
      store,
      now: () => NOW + 100 * 60_000 * tokens.length,
    })
    expect(await auth.refresh(tokens.at(-1)!)).toMatchObject({
      ok: true,
      how: expect.stringMatching(/rotated|repeated/),
    })
    await close()
  })

  run('a copy of all that is stored opens nothing', async () => {
    const { store, dump, close } = await openStore(newPlace!())
    const auth = createAuthCore({ secret: SECRET, store, now: () => NOW })
    const { accessToken, refreshToken, sessionId } = await auth.signIn('ada', {
      device: { userAgent: 'Firefox' },
    })
    await auth.refresh(refreshToken, { attempts: { attempt: 'a secret attempt', previous: null } })
    const copy = await dump()
    expect(copy).toContain('Firefox')
    const mac = Buffer.from(refreshToken, 'base64url').subarray(25)
    for (const secret of [
      accessToken,
      refreshToken,
      accessToken.split('.')[2]!,
      'a secret attempt',
      SECRET,
      mac.toString('hex'),
    ]) {
      expect(copy.toLowerCase()).not.toContain(secret.toLowerCase())
    }
    // What it does hold is taken for nothing.
    for (const guess of [sessionId, Buffer.from(sessionId, 'base64url').toString('hex')]) {
      expect(await auth.refresh(guess)).toMatchObject({ ok: false, code: 'token_invalid' })
      expect(await auth.checkToken(guess)).toMatchObject({ ok: false, code: 'token_invalid' })
    }
    await close()
  })
})

interface Change {
  id: string
  did: 'create' | 'rotate' | 'end'
  generation: number
}
