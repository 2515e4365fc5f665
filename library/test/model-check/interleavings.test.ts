import { afterAll, describe, expect, test } from 'vitest'
import { readOptions } from '../../src/core/options.ts'
import { createSessionContext, type SessionContext } from '../../src/core/session/context.ts'
import { encodeRefreshToken } from '../../src/core/session/refresh-token.ts'
import { refresh, type RefreshResult } from '../../src/core/session/refresh.ts'
import { signOut, signOutEverywhere } from '../../src/core/session/sign-out.ts'
import type { Session, Store } from '../../src/core/store.ts'
import { MINUTE, NOW, sessionWith } from '../../src/testing/store-cases/case.ts'
import { runEverySchedule, type Bounds, type Run } from './schedules.ts'
import type { AuthEvent } from '../../src/core/events.ts'

/**
 * The real verbs, each in a process of its own, in every order in which their store operations can
 * happen, and with every death of a process between two of them. Generation 5 was made under the
 * attempt M, an hour ago.
 */
const secret = 'a secret of more than thirty-two bytes'
const { refreshKeys } = readOptions({ secret })
const hashOfM = 'CPJxiHzpRwfagi1SY7rhnQ'
const ROW = sessionWith({ generation: 5, attempt: hashOfM, issuedAt: NOW - 60 * MINUTE })
const tokenOf = (generation: number, { id }: Session = ROW): string =>
  encodeRefreshToken(refreshKeys[0]!, id, generation)

type Answer = RefreshResult | boolean | number
let events: AuthEvent[] = []
function contextOf(store: Store, now = NOW): SessionContext {
  return createSessionContext(
    readOptions({ secret, store, now: () => now, onEvent: (event) => events.push(event) }),
    store,
  )
}

/** Processes that do one thing each. */
const refreshes =
  (generation: number, attempt: string | null, previous: string | null = null) =>
  (store: Store): Promise<Answer> =>
    refresh(contextOf(store), tokenOf(generation), {
      attempts: attempt === null ? null : { attempt, previous },
    })
const signsOut = (store: Store): Promise<Answer> => signOut(contextOf(store), ROW.id)
const signsOutEverywhere = (store: Store): Promise<Answer> =>
  signOutEverywhere(contextOf(store), ROW.identity)

const printed: string[] = []
afterAll(() => void process.stdout.write(`${printed.join('\n')}\n`))

/** Runs every schedule, and checks in each what must hold in all of them. */
async function every(
  rows: Session[],
  processes: Record<string, (store: Store) => Promise<Answer>>,
  bounds: Bounds,
  check: (run: Run<Answer>) => void | Promise<void>,
): Promise<void> {
  events = []
  const runs = await runEverySchedule(rows, processes, bounds, async (run) => {
    expect(run.results.size + (run.died === null ? 0 : 1), 'each process answered, or died').toBe(
      Object.keys(processes).length,
    )
    checkOneBranch(run)
    await checkNothingAfterTheEnd(run)
    await check(run)
    events = []
  })
  printed.push(
    `${runs.toLocaleString('en').padStart(11)} schedules: ${expect.getState().currentTestName}`,
  )
}

const outcomesOf = ({ results }: Run<Answer>): RefreshResult[] =>
  [...results.values()].filter((answer) => typeof answer === 'object')
const issued = (run: Run<Answer>) =>
  outcomesOf(run).flatMap((outcome) => (outcome.ok ? [outcome.tokens] : []))
const codes = (run: Run<Answer>) =>
  outcomesOf(run).flatMap((outcome) => (outcome.ok ? [] : [outcome.code]))
const told = (type: AuthEvent['type']) => events.filter((event) => event.type === type)

/**
 * All that was handed out for one generation is the same token, and at most one generation is new.
 */
function checkOneBranch(run: Run<Answer>): void {
  for (const { generation, refreshToken } of issued(run))
    expect(refreshToken).toBe(tokenOf(generation))
  expect(
    run.operations.filter(({ verb, result }) => verb === 'rotate' && result === true).length,
  ).toBeLessThanOrEqual(1)
}

/**
 * A refresh that was answered with tokens was done with the store before the session ended; and
 * none comes back.
 */
async function checkNothingAfterTheEnd(run: Run<Answer>): Promise<void> {
  const ended = run.operations.findIndex(({ verb, result }) =>
    verb === 'end' ? result === true : verb === 'endAll' && (result as string[]).length > 0,
  )
  if (ended < 0) return
  for (const [process, answer] of run.results) {
    const last = run.operations.findLastIndex((operation) => operation.process === process)
    if (typeof answer === 'object' && answer.ok) expect(last).toBeLessThan(ended)
  }
  for (const { refreshToken } of issued(run)) {
    expect(await refresh(contextOf(run.store, NOW + MINUTE), refreshToken)).toMatchObject({
      ok: false,
      status: 401,
    })
  }
}

/** Whatever was handed out last goes on. */
async function expectAlive(run: Run<Answer>, generation: number, attempt: string): Promise<void> {
  const later = await refresh(contextOf(run.store, NOW + MINUTE), tokenOf(generation), {
    attempts: { attempt: 'later', previous: attempt },
  })
  expect(later).toMatchObject({ ok: true, how: 'rotated', tokens: { generation: generation + 1 } })
}

describe.each([
  ['in every order', false],
  ['in every order, and with every death of one process', true],
])('%s', (_how, deaths) => {
  test('three tabs ask with the same token and the same attempt: one successor for all', async () => {
    await every(
      [ROW],
      { one: refreshes(5, 'N', 'M'), two: refreshes(5, 'N', 'M'), three: refreshes(5, 'N', 'M') },
      { deaths },
      async (run) => {
        expect(issued(run).map(({ generation }) => generation)).toEqual(
          Array.from(issued(run), () => 6),
        )
        expect(codes(run)).toEqual([])
        expect(told('refreshed').length).toBeLessThanOrEqual(1)
        if (run.died === null) expect(told('refreshed')).toHaveLength(1)
        await expectAlive(run, 6, 'N')
      },
    )
  })

  test('three ask with the same token, without attempts: one successor for all', async () => {
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

  test('an answer was lost: its retry, and a tab that already has the successor', async () => {
    const young = { ...ROW, issuedAt: NOW - 1 }
    await every(
      [young],
      { retry: refreshes(4, 'M'), tab: refreshes(5, 'N', 'M'), crossed: refreshes(4, 'M') },
      { deaths },
      async (run) => {
        expect(codes(run)).toEqual([])
        expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([5]))
        expect(told('reused')).toEqual([])
        await expectAlive(run, 5, 'M')
      },
    )
  })

  test('a refresh, its retry, and a sign-out', async () => {
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
        expect(told('reused')).toEqual([])
      },
    )
  })

  test('a refresh, and a sign-out everywhere', async () => {
    const other = sessionWith({ issuedAt: NOW - 60 * MINUTE })
    const refreshesOther = (store: Store): Promise<Answer> =>
      refresh(contextOf(store), tokenOf(0, other))
    const processes = { one: refreshes(5, 'N', 'M'), everywhere: signsOutEverywhere }
    await every(
      [ROW, other],
      { ...processes, two: refreshes(5, 'N', 'M') },
      { deaths },
      async (run) => {
        for (const code of codes(run)) expect(code).toBe('session_signed_out')
        if (!run.results.has('everywhere')) return
        for (const { end } of await run.store.list(ROW.identity))
          expect(end).toMatchObject({ reason: 'signed-out-everywhere' })
        expect(await refreshesOther(run.store)).toMatchObject({
          ok: false,
          code: 'session_signed_out',
        })
      },
    )
  })

  test('a refresh, and a thief with an older token', async () => {
    await every(
      [ROW],
      { owner: refreshes(5, 'N', 'M'), retry: refreshes(5, 'N', 'M'), thief: refreshes(3, 'his') },
      { deaths },
      async (run) => {
        expect(run.results.get('thief') ?? { ok: false }).toMatchObject({ ok: false })
        for (const code of codes(run)) expect(code).toBe('refresh_token_reused')
        expect(told('reused').length).toBeLessThanOrEqual(1)
        if (!run.results.has('thief')) return
        expect(told('reused')).toHaveLength(1)
        expect((await run.store.read(ROW.id))!.end).toMatchObject({
          reason: 'reused',
          details: { presented: 3 },
        })
      },
    )
  })

  test('two thieves at once, and a sign-out: the session ends once', async () => {
    await every(
      [ROW],
      { one: refreshes(3, 'his'), two: refreshes(4, 'his'), signOut: signsOut },
      { deaths },
      (run) => {
        expect(issued(run)).toEqual([])
        expect(
          run.operations.filter(({ verb, result }) => verb === 'end' && result === true).length,
        ).toBeLessThanOrEqual(1)
        expect(new Set(codes(run)).size).toBeLessThanOrEqual(1)
        expect(told('reused').length + told('signed-out').length).toBeLessThanOrEqual(1)
      },
    )
  })

  test('a store that has lost writes: two tabs with a newer token', async () => {
    await every(
      [ROW],
      { one: refreshes(7, 'N', 'L'), two: refreshes(7, 'N', 'L') },
      { deaths },
      async (run) => {
        expect(codes(run)).toEqual([])
        expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([8]))
        expect(told('recovered').length).toBeLessThanOrEqual(1)
        await expectAlive(run, 8, 'N')
      },
    )
  })
})

test(
  'four ask at once, without attempts: one successor for all',
  { timeout: 300_000 },
  async () => {
    const four = Object.fromEntries(
      ['one', 'two', 'three', 'four'].map((name) => [name, refreshes(5, null)]),
    )
    await every([{ ...ROW, attempt: null }], four, { deaths: false, alike: true }, (run) => {
      expect(codes(run)).toEqual([])
      expect(told('refreshed')).toHaveLength(1)
      expect(new Set(issued(run).map(({ generation }) => generation))).toEqual(new Set([6]))
    })
  },
)
