import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createAuth } from 'latchkey'
import { sqliteStore } from 'latchkey/stores/sqlite'
import { figure, type Report } from '../harness/report.ts'
import { measure, spread, type Case } from '../harness/rounds.ts'
import { SECRET } from '../jwt/tokens.ts'

const COUNT = 500
const SESSIONS = [1, 10, 100, 1000, 10_000]
const PROCESSES = [1, 2, 4]

/** The cost of a refresh by the sessions of one person, and by the processes on one database. */
export async function refreshCurves({ rounds }: { rounds: number }): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const bySessions = await measureSessions(folder, rounds)
  const byProcesses = await measureProcesses(folder, rounds)
  rmSync(folder, { recursive: true })
  return {
    title: 'How the cost of a refresh grows',
    note:
      'CPU of one refresh that rotates, on SQLite, for a person with this many sessions; and ' +
      'the total refreshes of several processes on one file, which allows one writer at a time. ' +
      'By the total number of sessions: [Scale](scale.md).',
    table: {
      head: ['with', 'count', 'a refresh', 'relative to the first'],
      rows: [...bySessions.rows, ...byProcesses.rows],
    },
    goals: [
      {
        name: '10,000 sessions of one person, relative to 1',
        value: bySessions.last,
        limit: 1.5,
        unit: ' ×',
      },
      {
        name: 'four processes: total refreshes, relative to one',
        value: byProcesses.last,
        limit: 0.5,
        atLeast: true,
        unit: ' ×',
      },
    ],
  }
}

interface Curve {
  rows: string[][]
  /** The last figure relative to the first. */
  last: number
}

async function measureSessions(folder: string, rounds: number): Promise<Curve> {
  const cases: Case[] = []
  for (const sessions of SESSIONS) cases.push(await withSessions(folder, sessions))
  const measured = await measure(cases, { rounds })
  const rows = measured.map(({ micros, ratio }, at) => [
    at === 0 ? 'sessions of one person' : '',
    SESSIONS[at]!.toLocaleString('en-US'),
    `${figure(micros.median)} µs`,
    `${figure(ratio.median)} ×`,
  ])
  return { rows, last: measured.at(-1)!.ratio.median }
}

async function measureProcesses(folder: string, rounds: number): Promise<Curve> {
  const rates: number[] = []
  for (const processes of PROCESSES)
    rates.push(await withProcesses(join(folder, `${processes}-processes.db`), processes, rounds))
  const rows = rates.map((rate, at) => [
    at === 0 ? 'processes on one SQLite file' : '',
    String(PROCESSES[at]),
    `${figure(rate)} per second in total`,
    `${figure(rate / rates[0]!)} ×`,
  ])
  return { rows, last: rates.at(-1)! / rates[0]! }
}

async function withSessions(folder: string, sessions: number): Promise<Case> {
  const store = sqliteStore(new DatabaseSync(join(folder, `${sessions}-sessions.db`)))
  store.migrate()
  let now = Date.now()
  const auth = createAuth({
    secret: SECRET,
    store,
    now: () => now,
    idleLifetime: 365 * 86_400,
    absoluteLifetime: 365 * 86_400,
  })
  await Promise.all(Array.from({ length: sessions - 1 }, async () => auth.signIn('ada')))
  let { refreshToken } = await auth.signIn('ada')
  return {
    name: String(sessions),
    count: COUNT,
    prepare: () => async () => {
      for (let done = 0; done < COUNT; done++) {
        // The grace is over, so the refresh rotates.
        now += 31_000
        const refreshed = await auth.refresh(refreshToken)
        if (!refreshed.ok || refreshed.how !== 'rotated') throw new Error('not rotated')
        refreshToken = refreshed.tokens.refreshToken
      }
    },
  }
}

/** Returns refreshes per second of all processes: the median of the rounds, of one second each. */
async function withProcesses(file: string, processes: number, rounds: number): Promise<number> {
  const store = sqliteStore(new DatabaseSync(file))
  store.migrate()
  const children = Array.from({ length: processes }, (_, at) =>
    fork(join(import.meta.dirname, 'refresh-child.ts'), [file, String(at)]),
  )
  const rates: number[] = []
  for (let round = -1; round < rounds; round++) {
    const messages = children.map((child) => once(child, 'message'))
    for (const child of children) child.send('start')
    const counts = (await Promise.all(messages)).map(([count]) => count as number)
    if (round >= 0) rates.push(counts.reduce((sum, count) => sum + count, 0))
  }
  for (const child of children) child.disconnect()
  return spread(rates).median
}
