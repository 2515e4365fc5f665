import { spawnSync } from 'node:child_process'
import { Redis } from 'ioredis'
import { redisStore } from 'latchkey/stores/redis'
// The package does not export the script that rotates. The benchmark measures the same one.
import { runScript } from '../../library/src/stores/redis/scripts.ts'
import { redisFor } from '../../scripts/redis.mjs'
import { findProgram } from '../harness/machine.ts'
import { figure, range, type Report } from '../harness/report.ts'
import { spread } from '../harness/rounds.ts'
import { rotateFor } from './rotate.ts'
import { sessionNumber } from './sessions.ts'

const ROWS = 20_000
const CHAINS = 1024
const AT_ONCE = 32
const REQUESTS = 100_000

const LIMIT = `redis-benchmark: the same script, ${AT_ONCE} at once`
const OURS = `Latchkey: \`rotate\` of the store, ${AT_ONCE} at once`
const ALONE = 'Latchkey: `rotate` of the store, one caller'

export async function redis({
  rounds,
  seconds,
}: {
  rounds: number
  seconds: number
}): Promise<Report> {
  const engine = await redisFor('the benchmark')
  if (engine === null) throw new Error('the benchmark needs a redis-server')
  const program = findProgram('redis-benchmark')
  if (program === null)
    throw new Error('the benchmark needs redis-benchmark, which comes with Redis')
  const client = new Redis(engine.url)
  const store = redisStore(client)
  try {
    await store.migrate()
    const sessions = Array.from({ length: ROWS }, (_, at) => sessionNumber(at))
    const numbered = Array.from({ length: CHAINS }, (_, at) => ({
      ...sessionNumber(at),
      id: String(at).padStart(12, '0'),
    }))
    for (let from = 0; from < ROWS; from += 500)
      await Promise.all(
        sessions.slice(from, from + 500).map(async (session) => store.create(session)),
      )
    await Promise.all(numbered.map(async (session) => store.create(session)))
    const chains = sessions.slice(0, CHAINS)
    let sha = ''
    await runScript(async (_key, [, name]) => void (sha = name!), 'rotate', '', [])
    await rotateFor(store, chains, 1, 0.1)
    const samples: Record<string, number[]> = { [LIMIT]: [], [OURS]: [], [ALONE]: [] }
    for (let round = 0; round < rounds; round++) {
      samples[LIMIT]!.push(benchRate(program, engine.port, sha, numbered[0]!.issuedAt))
      samples[OURS]!.push(await rotateFor(store, chains, AT_ONCE, seconds))
      samples[ALONE]!.push(await rotateFor(store, chains, 1, seconds))
    }
    const ratio = spread(samples[OURS]!.map((rate, round) => rate / samples[LIMIT]![round]!))
    return {
      title: 'Redis',
      note:
        `${ROWS.toLocaleString('en-US')} sessions, ${CHAINS} of them rotated, each rotation on ` +
        'disk before the call returns (`appendfsync always`); by ioredis.',
      table: {
        head: ['what', 'per second', '× redis-benchmark'],
        rows: Object.entries(samples).map(([name, rates]) => [
          name,
          range(spread(rates)),
          figure(spread(rates).median / spread(samples[LIMIT]!).median),
        ]),
        bars: Object.entries(samples).map(([name, rates]) => [name, spread(rates).median]),
      },
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
  } finally {
    store.close()
    client.disconnect()
    await engine.stop()
  }
}

/** Rotations to the same generation, so that the comparison always holds. */
function benchRate(program: string, port: number, sha: string, issuedAt: number): number {
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
  const { stdout, stderr } = spawnSync(
    program,
    [
      '-p',
      String(port),
      '-c',
      String(AT_ONCE),
      '-n',
      String(REQUESTS),
      '-r',
      String(CHAINS),
      '--csv',
      ...script,
    ],
    { encoding: 'utf8' },
  )
  const rate = stdout.trim().split('\n').at(-1)?.split('","')[1]
  if (rate === undefined || !(Number(rate.replaceAll('"', '')) > 0))
    throw new Error(`redis-benchmark failed: ${stderr || stdout}`)
  return Number(rate.replaceAll('"', ''))
}
