import { afterAll, describe, expect, test } from 'vitest'
import { createAuthCore } from '../../src/core/auth.ts'
import { createIn, endAt, NOW, rotationTo, listAll } from '../../src/testing/store-cases/case.ts'
import { linesOf, startChild } from './child-process.ts'
import {
  openStore,
  sqliteAddresses,
  startPostgres,
  startRedis,
  type StoreAddress,
} from './engines.ts'

const SECRET = 'a secret of more than thirty-two bytes'

const sqlite = sqliteAddresses()
const engines = [
  await startPostgres('several processes on PostgreSQL'),
  await startRedis('several processes on Redis'),
]
afterAll(async () => {
  sqlite[Symbol.dispose]()
  for (const engine of engines) await engine?.stop()
})

const ENGINES: Array<[name: string, newAddress: (() => StoreAddress) | undefined]> = [
  ['SQLite', sqlite.newAddress],
  ['PostgreSQL', engines[0]?.newAddress],
  ['Redis', engines[1]?.newAddress],
]

describe.each(ENGINES)('%s', (_name, newAddress) => {
  const run = test.skipIf(newAddress === undefined)

  run(
    'rotate: four processes on one session, each generation is written exactly once',
    async () => {
      const address = newAddress!()
      const { store, close } = await openStore(address)
      const { id } = await createIn(store)
      const written = await Promise.all(
        [1, 2, 3, 4].map(async () => linesOf(startChild('race-child.ts', address, id, '200'))),
      )
      expect(
        written
          .flat()
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
      expect(await store.read(id)).toMatchObject({ ...rotationTo(200), used: false })
      await close()
    },
  )

  run(
    'rotate and end: two connections, exactly one call succeeds and both read the result',
    async () => {
      const address = newAddress!()
      const [first, second] = [await openStore(address), await openStore(address)]
      const session = await createIn(first.store)
      const { id } = session
      const rotations = Array.from({ length: 50 }, async (_, index) =>
        (index % 2 ? first : second).store.rotate(
          id,
          session,
          rotationTo(1, { attempt: `${index}` }),
        ),
      )
      expect((await Promise.all(rotations)).filter(Boolean)).toEqual([true])
      expect(await second.store.read(id)).toEqual(await first.store.read(id))
      expect(await second.store.end(id, endAt(NOW))).toBe(true)
      expect(await first.store.end(id, endAt(NOW + 1))).toBe(false)
      expect(await first.store.endedSince(NOW)).toEqual([{ sessionId: id, at: NOW }])
      await first.close()
      await second.close()
    },
  )

  run(
    'refresh: fifty identical calls in two processes, all return the same token after one rotation',
    async () => {
      const address = newAddress!()
      const { store, close } = await openStore(address)
      const { refreshToken } = await createAuthCore({
        secret: SECRET,
        store,
        now: () => NOW,
      }).signIn('ada')
      const children = [1, 2].map(() =>
        startChild('concurrent-refresh-child.ts', address, refreshToken, '25'),
      )
      let ready = 0
      const lines = children.map(async (child) =>
        linesOf(child, (_line, count) => {
          if (count === 1 && ++ready === 2) for (const child of children) child.stdin!.write('go\n')
        }),
      )
      const printed = (await Promise.all(lines))
        .flat()
        .map((line) => JSON.parse(line) as { event?: string; refreshToken?: string })
      const tokens = printed.flatMap(({ refreshToken }) => refreshToken ?? [])
      expect(tokens).toHaveLength(50)
      expect(new Set(tokens).size).toBe(1)
      expect(printed.filter(({ event }) => event === 'refreshed')).toHaveLength(1)
      expect(printed.filter(({ event }) => event === 'repeated')).toHaveLength(49)
      await close()
    },
  )

  /**
   * The child is killed after some changes. It runs on until the signal arrives, and dies at any
   * point.
   */
  run.each([1, 4, 21])(
    'killed process (after %i changes): nothing that the store confirmed is lost',
    async (after) => {
      const address = newAddress!()
      const { store, close } = await openStore(address)
      const child = startChild('crash-child.ts', address)
      const lines = await linesOf(child, (_line, count) => count === after && child.kill('SIGKILL'))
      expect(child.signalCode).toBe('SIGKILL')
      const changes = lines.map((line) => JSON.parse(line) as Change)
      const confirmed = new Map<string, Change[]>()
      for (const change of changes)
        confirmed.set(change.id, [...(confirmed.get(change.id) ?? []), change])
      const unfinished = changes.at(-1)!.id
      // The engine may still execute what the process had sent: everything below holds before and
      // after.
      for (const [id, changes] of confirmed) {
        const row = (await store.read(id))!
        const { generation } = changes.at(-1)!
        // The last change may have been written but not printed.
        expect([generation, id === unfinished ? generation + 1 : generation]).toContain(
          row.generation,
        )
        if (changes.some(({ operation }) => operation === 'end'))
          expect(row.end).toMatchObject({ reason: 'signed-out', details: null })
        else if (id !== unfinished) expect(row.end).toBeNull()
      }
      // At whatever step the process died, endAll leaves no live session.
      await store.endAll('ada', null, endAt(NOW))
      const sessions = await listAll(store, 'ada')
      expect(sessions.filter(({ end }) => end === null)).toEqual([])
      expect(sessions.length - confirmed.size).toBeOneOf([0, 1])
      const ended = new Set((await store.endedSince(0)).map(({ sessionId }) => sessionId))
      expect(ended).toEqual(new Set(sessions.map(({ id }) => id)))
      await close()
    },
  )

  run('killed process: the last refresh token that it printed still works', async () => {
    const address = newAddress!()
    const { store, close } = await openStore(address)
    const child = startChild('refresh-child.ts', address)
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

  run(
    'stored data: no tokens, attempts or secrets, and stored ids are not accepted as tokens',
    async () => {
      const { store, dump, close } = await openStore(newAddress!())
      const auth = createAuthCore({ secret: SECRET, store, now: () => NOW })
      const { accessToken, refreshToken, sessionId } = await auth.signIn('ada', {
        device: { userAgent: 'Firefox' },
      })
      await auth.refresh(refreshToken, {
        attempts: { attempt: 'a secret attempt', previous: null },
      })
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
      // Ids that are stored are not accepted as tokens.
      for (const guess of [sessionId, Buffer.from(sessionId, 'base64url').toString('hex')]) {
        expect(await auth.refresh(guess)).toMatchObject({ ok: false, code: 'token_invalid' })
        expect(await auth.checkToken(guess)).toMatchObject({ ok: false, code: 'token_invalid' })
      }
      await close()
    },
  )
})

interface Change {
  id: string
  operation: 'create' | 'rotate' | 'end'
  generation: number
}
