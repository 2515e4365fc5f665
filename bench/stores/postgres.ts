import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { Session } from 'latchkey'
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
/** Concurrent calls in a busy process. */
const CROWD = 128

/** One rotation as one statement, to the same generation, so that its comparison always holds. */
function oneRotation(id: string, { issuedAt, idleEndsAt, device }: Session): string {
  return `UPDATE latchkey_session
    SET generation = 0, attempt = 'AAAAAAAAAAAAAAAAAAAAAA', used = false,
      issued_at = ${issuedAt}, idle_ends_at = ${idleEndsAt}, device = '${JSON.stringify(device)}'
    WHERE id = ${id} AND generation = 0 AND issued_at = ${issuedAt} AND ended_at IS NULL
    RETURNING id`
}

export async function postgres({
  rounds,
  seconds,
}: {
  rounds: number
  seconds: number
}): Promise<Report> {
  const engine = await postgresFor('the benchmark')
  if (engine === null) throw new Error('the benchmark needs PostgreSQL')
  const pool = new Pool({ connectionString: engine.url, max: 8 })
  const store = postgresStore(pool)
  try {
    await store.migrate()
    const sessions = Array.from({ length: ROWS }, (_, at) => sessionNumber(at))
    for (let from = 0; from < ROWS; from += 500)
      await Promise.all(
        sessions.slice(from, from + 500).map(async (session) => store.create(session)),
      )
    const numbered = Array.from({ length: CHAINS }, (_, at) => ({
      ...sessionNumber(at),
      id: String(at),
    }))
    await Promise.all(numbered.map(async (session) => store.create(session)))
    await pool.query('VACUUM ANALYZE')
    const chains = sessions.slice(0, CHAINS)
    const pgbench = findProgram('pgbench', [
      '/usr/lib/postgresql/17/bin',
      '/usr/lib/postgresql/16/bin',
      '/usr/lib/postgresql/15/bin',
    ])
    const samples: Record<string, number[]> = {
      [LIMIT]: [],
      [OURS]: [],
      [CROWDED]: [],
      [ALONE]: [],
    }
    for (let round = 0; round < rounds; round++) {
      samples[LIMIT]!.push(
        pgbench === null
          ? await oneByOne(pool, numbered[0]!, seconds)
          : benchRate(pgbench, engine.url, numbered[0]!, seconds),
      )
      samples[OURS]!.push(await rotateFor(store, chains, AT_ONCE, seconds))
      samples[CROWDED]!.push(await rotateFor(store, chains, CROWD, seconds))
      samples[ALONE]!.push(await rotateFor(store, chains, 1, seconds))
    }
    const ratio = spread(samples[OURS]!.map((rate, round) => rate / samples[LIMIT]![round]!))
    const rows = Object.entries(samples).map(([name, rates]) => [
      name,
      range(spread(rates)),
      figure(spread(rates).median / spread(samples[LIMIT]!).median),
    ])
    return {
      title: 'PostgreSQL',
      note:
        `${ROWS.toLocaleString('en-US')} sessions, ${CHAINS} of them rotated, each rotation on ` +
        `disk before the call returns (\`synchronous_commit=on\`); ${AT_ONCE} at once. The ` +
        `limit is ${pgbench === null ? 'the client (pgbench was not found)' : 'pgbench, in C'}, ` +
        'with the same rotation as a prepared statement of its own, on the same table.',
      table: {
        head: ['what', 'per second', '× one by one'],
        rows,
        bars: Object.entries(samples).map(([name, rates]) => [name, spread(rates).median]),
      },
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
  } finally {
    store.close()
    await pool.end()
    await engine.stop()
  }
}

const LIMIT = `the same rotation one by one, ${AT_ONCE} at once`
const OURS = `Latchkey: \`rotate\` of the store, ${AT_ONCE} at once`
const CROWDED = `Latchkey: \`rotate\` of the store, ${CROWD} at once`
const ALONE = 'Latchkey: `rotate` of the store, one caller'

function benchRate(pgbench: string, url: string, session: Session, seconds: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-pgbench-'))
  writeFileSync(
    join(folder, 'rotate.sql'),
    `\\set id random(0, ${CHAINS - 1})\n${oneRotation(':id::text', session)};\n`,
  )
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(AT_ONCE),
    '-j',
    '2',
    '-T',
    String(seconds),
    '-f',
    join(folder, 'rotate.sql'),
    url,
  ]
  const { stdout, stderr } = spawnSync(pgbench, args, { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  const rate = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (rate === undefined) throw new Error(`pgbench failed: ${stderr}`)
  return Number(rate)
}

async function oneByOne(pool: Pool, session: Session, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000
  let done = 0
  const statement = { name: 'one', text: oneRotation('$1', session) }
  const lane = async (): Promise<void> => {
    for (; performance.now() < until; done++)
      await pool.query({ ...statement, values: [String((done * 7) % CHAINS)] })
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return done / seconds
}
