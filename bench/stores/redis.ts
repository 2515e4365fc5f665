import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { redisStore } from 'latchkey/stores/redis'
// The package does not export the script that rotates. The benchmark measures the same one.
import { runScript } from '../../library/src/stores/redis/scripts.ts'
import { redisFor } from '../../scripts/redis.mjs'
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
/** Requests of redis-benchmark in each round. */
const REQUESTS = 100_000

const LIMIT = `redis-benchmark: the same script, ${AT_ONCE} at once`
const LATCHKEY = `Latchkey: \`rotate\` of the store, ${AT_ONCE} at once`
const LATCHKEY_ALONE = 'Latchkey: `rotate` of the store, one caller'

/** Rotations per second in Redis, compared with redis-benchmark. */
export async function redis({
  rounds,
  seconds,
}: {
  rounds: number
  /** For each case of Latchkey in each round. */
  seconds: number
}): Promise<Report> {
  const engine = await redisFor('the benchmark')
  if (engine === null) throw new Error('the benchmark needs redis-server; install Redis or Valkey')
  const program = findProgram('redis-benchmark')
  if (program === null)
    throw new Error('the benchmark needs redis-benchmark, which comes with Redis')
  const client = new Redis(engine.url)
  const store = redisStore(client)
  try {
    await store.migrate()
    const sessions = Array.from({ length: ROWS }, (_, at) => numberedSession(at))
    // For redis-benchmark, which puts a random number of twelve digits into the key.
    const forRedisBenchmark = sessions
      .slice(0, ROTATED)
      .map((row, at) => ({ ...row, id: String(at).padStart(12, '0') }))
    await createAll(store, [...sessions, ...forRedisBenchmark])
    const rotated = sessions.slice(0, ROTATED)
    const sha = await rotateScriptSha()
    // Loads the script into the server.
    await rotationRate(store, rotated, 1, 0.1)
    const cases = {
      [LIMIT]: () => redisBenchmarkRate(program, engine.port, sha, sessions[0]!.issuedAt),
      [LATCHKEY]: () => rotationRate(store, rotated, AT_ONCE, seconds),
      [LATCHKEY_ALONE]: () => rotationRate(store, rotated, 1, seconds),
    }
    return reportOf(await ratesOf(cases, rounds))
  } finally {
    store.close()
    client.disconnect()
    await engine.stop()
  }
}

function reportOf(rates: Record<string, number[]>): Report {
  const ratio = spread(rates[LATCHKEY]!.map((rate, round) => rate / rates[LIMIT]![round]!))
  return {
    title: 'Redis',
    note:
      `${ROWS.toLocaleString('en-US')} sessions, ${ROTATED} of them rotated, each rotation on ` +
      'disk before the call returns (`appendfsync always`); by ioredis.',
    table: ratesTable(rates, '× redis-benchmark'),
    goals: [
      {
        name: `rotations, ${AT_ONCE} at once, relative to redis-benchmark with the same script`,
        value: ratio.median,
        limit: 0.6,
        atLeast: true,
        unit: ' ×',
      },
    ],
  }
}

/** The SHA-1 under which Redis stores the script. */
async function rotateScriptSha(): Promise<string> {
  let sha = ''
  await runScript(async (_key, [, name]) => void (sha = name!), 'rotate', '', [])
  return sha
}

/** Rotations to the same generation, so that the comparison always holds. */
function redisBenchmarkRate(program: string, port: number, sha: string, issuedAt: number): number {
  const compared = ['0', String(issuedAt)]
  const written = [
    '0',
    'AAAAAAAAAAAAAAAAAAAAAA',
    String(issuedAt),
    String(issuedAt + 1),
    '{}',
    '7776000000',
  ]
  const script = ['EVALSHA', sha, '1', 'latchkey:session:__rand_int__', ...compared, ...written]
  const options = `-p ${port} -c ${AT_ONCE} -n ${REQUESTS} -r ${ROTATED} --csv`
  const { stdout, stderr } = spawnSync(program, [...options.split(' '), ...script], {
    encoding: 'utf8',
  })
  const rate = stdout.trim().split('\n').at(-1)?.split('","')[1]
  if (rate === undefined || !(Number(rate.replaceAll('"', '')) > 0))
    throw new Error(`redis-benchmark failed: ${stderr || stdout}`)
  return Number(rate.replaceAll('"', ''))
}
