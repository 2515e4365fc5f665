import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { postgresStore } from 'latchkey/stores/postgres'
import { postgresFor } from '../../scripts/postgres.mjs'
import { findProgram } from '../harness/machine.ts'
import { figure, range, type Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'
import { rotateFor } from './rotate.ts'
import { sessionNumber } from './sessions.ts'

const ROWS = 20_000
const CHAINS = 1024
const AT_ONCE = 32

/** The least that a rotation can be, as `sqlite.ts` has it too. */
const BARE = 'CREATE TABLE bare (id integer PRIMARY KEY, counter integer, attempt text, at bigint, idle bigint, device text)'
const SCRIPT = `\\set id random(0, ${CHAINS - 1})
UPDATE bare SET counter = counter + 1, attempt = 'AAAAAAAAAAAAAAAAAAAAAA', at = at + 1, idle = idle + 1, device = '{}' WHERE id = :id;
`

export async function postgres({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Report> {
  const engine = await postgresFor('the benchmark')
  if (engine === null) throw new Error('the benchmark needs PostgreSQL')
  const pool = new Pool({ connectionString: engine.url, max: 8 })
  const store = postgresStore(pool)
  try {
    await store.migrate()
    await pool.query(BARE)
    await pool.query(`INSERT INTO bare SELECT n, 0, NULL, 0, 0, '{}' FROM generate_series(0, ${ROWS - 1}) n`)
    const sessions = Array.from({ length: ROWS }, (_, at) => sessionNumber(at))
    for (let from = 0; from < ROWS; from += 500) await Promise.all(sessions.slice(from, from + 500).map(async (session) => store.create(session)))
    await pool.query('VACUUM ANALYZE')
    const chains = sessions.slice(0, CHAINS)
    const pgbench = findProgram('pgbench', ['/usr/lib/postgresql/17/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/15/bin'])
    const samples: Record<string, number[]> = { [LIMIT]: [], [OURS]: [], [ALONE]: [] }
    for (let round = 0; round < rounds; round++) {
      samples[LIMIT]!.push(pgbench === null ? await oneByOne(pool, seconds) : benchRate(pgbench, engine.url, seconds))
      samples[OURS]!.push(await rotateFor(store, chains, AT_ONCE, seconds))
      samples[ALONE]!.push(await rotateFor(store, chains, 1, seconds))
    }
    const ratio = spread(samples[OURS]!.map((rate, round) => rate / samples[LIMIT]![round]!))
    const rows = Object.entries(samples).map(([name, rates]) => [name, range(spread(rates)), figure(spread(rates).median / spread(samples[LIMIT]!).median)])
    return {
      title: 'PostgreSQL',
      note: `${ROWS.toLocaleString('en-US')} sessions, ${CHAINS} of them rotated, each rotation on disk before it is answered (\`synchronous_commit=on\`); ${AT_ONCE} at once. The limit is ${pgbench === null ? 'the statement by the client, one by one (pgbench was not found)' : 'pgbench, in C, with the statement prepared'}.`,
      table: { head: ['what', 'a second', '× one by one'], rows, bars: Object.entries(samples).map(([name, rates]) => [name, spread(rates).median]) },
      goals: [{ name: `rotations, ${AT_ONCE} at once, beside pgbench's one by one`, value: ratio.median, limit: 4, atLeast: true, unit: ' ×' }],
    }
  } finally {
    store.close()
    await pool.end()
    await engine.stop()
  }
}

const LIMIT = `the bare statement one by one, ${AT_ONCE} at once`
const OURS = `Latchkey: \`rotate\` of the store, ${AT_ONCE} at once`
const ALONE = 'Latchkey: `rotate` of the store, nobody else'

function benchRate(pgbench: string, url: string, seconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-pgbench-'))
  writeFileSync(join(folder, 'rotate.sql'), SCRIPT)
  const args = ['-n', '-M', 'prepared', '-c', String(AT_ONCE), '-j', '2', '-T', String(seconds), '-f', join(folder, 'rotate.sql'), url]
  const { stdout, stderr } = spawnSync(pgbench, args, { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`pgbench failed: ${stderr}`)
  return Number(rate)
}

async function oneByOne(pool: Pool, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000
  let done = 0
  const statement = { name: 'bare', text: "UPDATE bare SET counter = counter + 1, attempt = 'AAAAAAAAAAAAAAAAAAAAAA', at = at + 1, idle = idle + 1, device = '{}' WHERE id = $1" }
  const lane = async (): Promise<void> => {
    for (; performance.now() < until; done++) await pool.query({ ...statement, values: [(done * 7) % CHAINS] })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return done / seconds
}
