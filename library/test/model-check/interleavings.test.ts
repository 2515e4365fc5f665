import { afterAll, describe, expect, test, vi } from 'vitest'
import { readOptions } from '../../src/core/options.ts'
import { createSessionContext, type SessionContext } from '../../src/core/session/context.ts'
import { encodeRefreshToken } from '../../src/core/session/refresh-token.ts'
import { refresh, type RefreshResult } from '../../src/core/session/refresh.ts'
import { signOut, signOutEverywhere } from '../../src/core/session/sign-out.ts'
import type { Session, Store } from '../../src/core/store.ts'
import { MINUTE, NOW, sessionWith, listAll } from '../../src/testing/store-cases/case.ts'
import { runEverySchedule, type Bounds, type Run } from './schedules.ts'
import type { AuthEvent } from '../../src/core/events.ts'

// Each test runs thousands of schedules, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

/**
 * The real functions, each in a process of its own, in every order of their store operations, and
 * with every death of a process between two operations. Generation 5 was made under the attempt M,
 * an hour ago.
 */
const secret = 'a secret of more than thirty-two bytes'
const { refreshKeys } = readOptions({ secret })
const hashOfM = 'CPJxiHzpRwfagi1SY7rhnQ'
const ROW = sessionWith({ generation: 5, attempt: hashOfM, issuedAt: NOW - 60 * MINUTE })
const tokenOf = (generation: number, { id }: Session = ROW): string =>
  encodeRefreshToken(refreshKeys[0]!, id, generation)

type Outcome = RefreshResult | boolean | number
let events: AuthEvent[] = []
function contextOf(store: Store, now = NOW): SessionContext {
  return createSessionContext(
    readOptions({ secret, store, now: () => now, onEvent: (event) => events.push(event) }),
    store,
  )
}

/** The processes: each makes one call. */
const refreshes =
  (generation: number, attempt: string | null, previous: string | null = null) =>
  (store: Store): Promise<Outcome> =>
    refresh(contextOf(store), tokenOf(generation), {
      attempts: attempt === null ? null : { attempt, previous },
    })
const signsOut = (store: Store): Promise<Outcome> => signOut(contextOf(store), ROW.id)
const signsOutEverywhere = (store: Store): Promise<Outcome> =>
  signOutEverywhere(contextOf(store), ROW.identity)

const reports: string[] = []
afterAll(() => void process.stdout.write(`${reports.join('\n')}\n`))

/** Runs every schedule. Checks what must hold in all of them, and then calls `check`. */
async function every(
  rows: Session[],
  processes: Record<string, (store: Store) => Promise<Outcome>>,
  bounds: Bounds,
  check: (run: Run<Outcome>) => void | Promise<void>,
): Promise<void> {
  events = []
  const runs = await runEverySchedule(rows, processes, bounds, async (run) => {
    expect(run.results.size + (run.died === null ? 0 : 1), 'each process finished or died').toBe(
      Object.keys(processes).length,
    )
    checkOneBranch(run)
    await checkNothingAfterTheEnd(run)
    await check(run)
    events = []
  })
  reports.push(
    `${runs.toLocaleString('en').padStart(11)} schedules: ${expect.getState().currentTestName}`,
  )
}

const outcomesOf = ({ results }: Run<Outcome>): RefreshResult[] =>
  [...results.values()].filter((result) => typeof result === 'object')
const issued = (run: Run<Outcome>) =>
  outcomesOf(run).flatMap((outcome) => (outcome.ok ? [outcome.tokens] : []))
const codes = (run: Run<Outcome>) =>
  outcomesOf(run).flatMap((outcome) => (outcome.ok ? [] : [outcome.code]))
const eventsOf = (type: AuthEvent['type']) => events.filter((event) => event.type === type)

/** All tokens issued for one generation are equal, and at most one rotation succeeds. */
function checkOneBranch(run: Run<Outcome>): void {
  for (const { generation, refreshToken } of issued(run))
    expect(refreshToken).toBe(tokenOf(generation))
  expect(
    run.operations.filter(({ method, result }) => method === 'rotate' && result === true).length,
  ).toBeLessThanOrEqual(1)
}

/**
 * A refresh that returned tokens had finished with the store before the session ended, and none of
 * those tokens can be refreshed afterwards.
 */
async function checkNothingAfterTheEnd(run: Run<Outcome>): Promise<void> {
  const ended = run.operations.findIndex(({ method, result }) =>
    method === 'end' ? result === true : method === 'endAll' && (result as string[]).length > 0,
  )
  if (ended < 0) return
  for (const [process, result] of run.results) {
    const last = run.operations.findLastIndex((operation) => operation.process === process)
    if (typeof result === 'object' && result.ok) expect(last).toBeLessThan(ended)
  }
  for (const { refreshToken } of issued(run)) {
    expect(await refresh(contextOf(run.store, NOW + MINUTE), refreshToken)).toMatchObject({
      ok: false,
      status: 401,
    })
  }
}

/** The token that was issued last can be refreshed. */
async function expectAlive(run: Run<Outcome>, generation: number, attempt: string): Promise<void> {
  const later = await refresh(contextOf(run.store, NOW + MINUTE), tokenOf(generation), {
    attempts: { attempt: 'later', previous: attempt },
  })
  expect(later).toMatchObject({ ok: true, how: 'rotated', tokens: { generation: generation + 1 } })
}

describe.each([
  ['in every order', false],
  ['in every order, and with every death of one process', true],
])('%s', (_how, deaths) => {
  test('three tabs with the same token and attempt: one successor for all', async () => {
    await every(
      [ROW],
      { one: refreshes(5, 'N', 'M'), two: refreshes(5, 'N', 'M'), three: refreshes(5, 'N', 'M') },
      { deaths },
      async (run) => {
        expect(issued(run).map(({ generation }) => generation)).toEqual(
          Array.from(issued(run), () => 6),
        )
        expect(codes(run)).toEqual([])
        expect(eventsOf('refreshed').length).toBeLessThanOrEqual(1)
        if (run.died === null) expect(eventsOf('refreshed')).toHaveLength(1)
        await expectAlive(run, 6, 'N')
      },
    )
  })

  test('three requests with the same token, without attempts: one successor for all', async () => {
    await every(
      [ROW],
      { one: refreshes(5, null), two: refreshes(5, null), three: refreshes(5, null) },
      { deaths },
      (run) => {
        expect(codes(run)).toEqual([])
        expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([6]))
      },
    )
  })

  test('a retry of a lost response, a tab with the successor: all get the successor', async () => {
    const justIssued = { ...ROW, issuedAt: NOW - 1 }
    await every(
      [justIssued],
      { retry: refreshes(4, 'M'), tab: refreshes(5, 'N', 'M'), parallel: refreshes(4, 'M') },
      { deaths },
      async (run) => {
        expect(codes(run)).toEqual([])
        expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([5]))
        expect(eventsOf('reused')).toEqual([])
        await expectAlive(run, 5, 'M')
      },
    )
  })

  test('a refresh, its retry and a sign-out: the session is signed out, not reused', async () => {
    await every(
      [ROW],
      { refresh: refreshes(5, 'N', 'M'), retry: refreshes(5, 'N', 'M'), signOut: signsOut },
      { deaths },
      async (run) => {
        for (const code of codes(run)) expect(code).toBe('session_signed_out')
        const signedOut = run.results.get('signOut')
        if (signedOut !== undefined) expect(signedOut).toBe(true)
        if (signedOut === true)
          expect((await run.store.read(ROW.id))!.end).toMatchObject({ reason: 'signed-out' })
        expect(eventsOf('reused')).toEqual([])
      },
    )
  })

  test('a refresh and a sign-out everywhere: every session is signed out', async () => {
    const other = sessionWith({ issuedAt: NOW - 60 * MINUTE })
    const refreshesOther = (store: Store): Promise<Outcome> =>
      refresh(contextOf(store), tokenOf(0, other))
    const processes = { one: refreshes(5, 'N', 'M'), everywhere: signsOutEverywhere }
    await every(
      [ROW, other],
      { ...processes, two: refreshes(5, 'N', 'M') },
      { deaths },
      async (run) => {
        for (const code of codes(run)) expect(code).toBe('session_signed_out')
        if (!run.results.has('everywhere')) return
        for (const { end } of await listAll(run.store, ROW.identity))
          expect(end).toMatchObject({ reason: 'signed-out-everywhere' })
        expect(await refreshesOther(run.store)).toMatchObject({
          ok: false,
          code: 'session_signed_out',
        })
      },
    )
  })

  test('a refresh, and a thief with an older token: the session ends as reused', async () => {
    await every(
      [ROW],
      {
        owner: refreshes(5, 'N', 'M'),
        retry: refreshes(5, 'N', 'M'),
        thief: refreshes(3, 'theirs'),
      },
      { deaths },
      async (run) => {
        expect(run.results.get('thief') ?? { ok: false }).toMatchObject({ ok: false })
        for (const code of codes(run)) expect(code).toBe('refresh_token_reused')
        expect(eventsOf('reused').length).toBeLessThanOrEqual(1)
        if (!run.results.has('thief')) return
        expect(eventsOf('reused')).toHaveLength(1)
        expect((await run.store.read(ROW.id))!.end).toMatchObject({
          reason: 'reused',
          details: { presented: 3 },
        })
      },
    )
  })

  test('two thieves and a sign-out: the session ends once', async () => {
    await every(
      [ROW],
      { one: refreshes(3, 'theirs'), two: refreshes(4, 'theirs'), signOut: signsOut },
      { deaths },
      (run) => {
        expect(issued(run)).toEqual([])
        expect(
          run.operations.filter(({ method, result }) => method === 'end' && result === true).length,
        ).toBeLessThanOrEqual(1)
        expect(new Set(codes(run)).size).toBeLessThanOrEqual(1)
        expect(eventsOf('reused').length + eventsOf('signed-out').length).toBeLessThanOrEqual(1)
      },
    )
  })

  test('two tabs with a token newer than the store: both get one new generation', async () => {
    await every(
      [ROW],
      { one: refreshes(7, 'N', 'L'), two: refreshes(7, 'N', 'L') },
      { deaths },
      async (run) => {
        expect(codes(run)).toEqual([])
        expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([8]))
        expect(eventsOf('recovered').length).toBeLessThanOrEqual(1)
        await expectAlive(run, 8, 'N')
      },
    )
  })
})

test('four requests without attempts: one successor for all', { timeout: 300_000 }, async () => {
  const four = Object.fromEntries(
    ['one', 'two', 'three', 'four'].map((name) => [name, refreshes(5, null)]),
  )
  await every([{ ...ROW, attempt: null }], four, { deaths: false, alike: true }, (run) => {
    expect(codes(run)).toEqual([])
    expect(eventsOf('refreshed')).toHaveLength(1)
    expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([6]))
  })
})
