import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { Session } from 'latchkey'
import { postgresStore } from 'latchkey/stores/postgres'
import { postgresFor } from '../../scripts/postgres.mjs'
import { findProgram } from '../harness/environment.ts'
import type { Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'
import { numberedSession } from './numbered-session.ts'
import { ratesOf, ratesTable } from './rates.ts'
import { createAll, rotationRate } from './rotations.ts'

const ROWS = 20_000
/** Sessions that are rotated. */
const ROTATED = 1024
const AT_ONCE = 32
/** Concurrent calls in a busy process. */
const MANY_AT_ONCE = 128

const LIMIT = `the same rotation one by one, ${AT_ONCE} at once`
const LATCHKEY = `Latchkey: \`rotate\` of the store, ${AT_ONCE} at once`
const LATCHKEY_MANY = `Latchkey: \`rotate\` of the store, ${MANY_AT_ONCE} at once`
const LATCHKEY_ALONE = 'Latchkey: `rotate` of the store, one caller'

/** One rotation as one statement, to the same generation, so that its comparison always holds. */
function oneRotation(id: string, { issuedAt, idleEndsAt, device }: Session): string {
  return `UPDATE latchkey_session
    SET generation = 0, attempt = 'AAAAAAAAAAAAAAAAAAAAAA', used = false,
      issued_at = ${issuedAt}, idle_ends_at = ${idleEndsAt}, device = '${JSON.stringify(device)}'
    WHERE id = ${id} AND generation = 0 AND issued_at = ${issuedAt} AND ended_at IS NULL
    RETURNING id`
}

/** Rotations per second in PostgreSQL, compared with pgbench. */
export async function postgres({
  rounds,
  seconds,
}: {
  rounds: number
  /** For each case in each round. */
  seconds: number
}): Promise<Report> {
  const engine = await postgresFor('the benchmark')
  if (engine === null)
    throw new Error('the benchmark needs PostgreSQL; run "npm install" or install it')
  const pool = new Pool({ connectionString: engine.url, max: 8 })
  const store = postgresStore(pool)
  const pgbench = findProgram('pgbench', [
    '/usr/lib/postgresql/17/bin',
    '/usr/lib/postgresql/16/bin',
    '/usr/lib/postgresql/15/bin',
  ])
  try {
    await store.migrate()
    const sessions = Array.from({ length: ROWS }, (_, at) => numberedSession(at))
    // For pgbench, which draws a random number and uses it as the id.
    const forPgbench = sessions.slice(0, ROTATED).map((row, at) => ({ ...row, id: String(at) }))
    await createAll(store, [...sessions, ...forPgbench])
    await pool.query('VACUUM ANALYZE')
    const rotated = sessions.slice(0, ROTATED)
    const first = sessions[0]!
    const cases: Record<string, () => number | Promise<number>> = {
      [LIMIT]: () =>
        pgbench === null
          ? oneByOne(pool, first, seconds)
          : pgbenchRate(pgbench, engine.url, first, seconds),
      [LATCHKEY]: () => rotationRate(store, rotated, AT_ONCE, seconds),
      [LATCHKEY_MANY]: () => rotationRate(store, rotated, MANY_AT_ONCE, seconds),
      [LATCHKEY_ALONE]: () => rotationRate(store, rotated, 1, seconds),
    }
    return reportOf(await ratesOf(cases, rounds), pgbench !== null)
  } finally {
    store.close()
    await pool.end()
    await engine.stop()
  }
}

function reportOf(rates: Record<string, number[]>, hasPgbench: boolean): Report {
  const ratio = spread(rates[LATCHKEY]!.map((rate, round) => rate / rates[LIMIT]![round]!))
  return {
    title: 'PostgreSQL',
    note:
      `${ROWS.toLocaleString('en-US')} sessions, ${ROTATED} of them rotated, each rotation on ` +
      `disk before the call returns (\`synchronous_commit=on\`); ${AT_ONCE} at once. The ` +
      `limit is ${hasPgbench ? 'pgbench, in C' : 'the client (pgbench was not found)'}, ` +
      'with the same rotation as a prepared statement of its own, on the same table.',
    table: ratesTable(rates, '× one by one'),
    goals: [
      {
        name: `rotations, ${AT_ONCE} at once, relative to pgbench one by one`,
        value: ratio.median,
        limit: 4,
        atLeast: true,
        unit: ' ×',
      },
    ],
  }
}

/** Rotations per second, each in a transaction of its own. */
function pgbenchRate(pgbench: string, url: string, session: Session, seconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-pgbench-'))
  writeFileSync(
    join(folder, 'rotate.sql'),
    `\\set id random(0, ${ROTATED - 1})\n${oneRotation(':id::text', session)};\n`,
  )
  const options = `-n -M prepared -c ${AT_ONCE} -j 2 -T ${seconds} -f`
  const args = [...options.split(' '), join(folder, 'rotate.sql'), url]
  const { stdout, stderr } = spawnSync(pgbench, args, { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`pgbench failed: ${stderr}`)
  return Number(rate)
}

/** The same by the client, if there is no pgbench. */
async function oneByOne(pool: Pool, session: Session, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000
  let done = 0
  const statement = { name: 'one', text: oneRotation('$1', session) }
  const caller = async (): Promise<void> => {
    for (; performance.now() < until; done++)
      await pool.query({ ...statement, values: [String((done * 7) % ROTATED)] })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
  return done / seconds
}
