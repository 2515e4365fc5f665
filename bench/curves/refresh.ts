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
import { SECRET } from '../jwt/auths.ts'

const COUNT = 500
const PER_PERSON = [1, 10, 100, 1000, 10_000]
const PROCESSES = [1, 2, 4]

/** How the cost of a refresh grows with the sessions of one person, and with the processes that share a database. */
export async function refreshCurves({ rounds }: { rounds: number }): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const cases: Case[] = []
  for (const sessions of PER_PERSON) cases.push(await withSessions(folder, sessions))
  const measured = await measure(cases, { rounds })
  const rates: number[] = []
  for (const processes of PROCESSES)
    rates.push(await withProcesses(join(folder, `${processes}-processes.db`), processes, rounds))
  rmSync(folder, { recursive: true })
  const people = measured.map(({ micros, ratio }, at) => [
    at === 0 ? 'sessions of one person' : '',
    PER_PERSON[at]!.toLocaleString('en-US'),
    `${figure(micros.median)} µs`,
    `${figure(ratio.median)} ×`,
  ])
  const shared = rates.map((rate, at) => [
    at === 0 ? 'processes on one SQLite file' : '',
    String(PROCESSES[at]),
    `${figure(rate)} a second in all`,
    `${figure(rate / rates[0]!)} ×`,
  ])
  return {
    title: 'How the cost of a refresh grows',
    note: 'CPU of one refresh that rotates, on SQLite, for a person with so many sessions; and how many refreshes several processes do together on one file, which takes one writer at a time. With the number of sessions in all: [Many processes, many sessions](scale.md).',
    table: {
      head: ['with', 'so many', 'a refresh', 'beside the first'],
      rows: [...people, ...shared],
    },
    goals: [
      {
        name: 'sessions of one person: 10,000 beside 1',
        value: measured.at(-1)!.ratio.median,
        limit: 1.5,
        unit: ' ×',
      },
      {
        name: 'four processes beside one: refreshes in all',
        value: rates.at(-1)! / rates[0]!,
        limit: 0.5,
        atLeast: true,
        unit: ' ×',
      },
    ],
  }
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
        now += 31_000
        const refreshed = await auth.refresh(refreshToken)
        if (!refreshed.ok || refreshed.how !== 'rotated') throw new Error('not rotated')
        refreshToken = refreshed.tokens.refreshToken
      }
    },
  }
}

/** Median of the rounds, each of one second. */
async function withProcesses(file: string, processes: number, rounds: number): Promise<number> {
  const store = sqliteStore(new DatabaseSync(file))
  store.migrate()
  const children = Array.from({ length: processes }, (_, at) =>
    fork(join(import.meta.dirname, 'refresh-child.ts'), [file, String(at)]),
  )
  const rates: number[] = []
  for (let round = -1; round < rounds; round++) {
    const done = children.map((child) => once(child, 'message'))
    for (const child of children) child.send('go')
    const counts = (await Promise.all(done)).map(([count]) => count as number)
    if (round >= 0) rates.push(counts.reduce((sum, count) => sum + count, 0))
  }
  for (const child of children) child.disconnect()
  return spread(rates).median
}
