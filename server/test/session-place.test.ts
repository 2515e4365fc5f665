import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { redisFor } from '../../scripts/redis.mjs'
import { Clock, startServer, temporaryFolder } from './server.ts'

// A command starts a process, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const redis = await redisFor('the place of sessions')
afterAll(async () => redis?.stop())

const CLI = join(import.meta.dirname, '../src/cli.ts')

let databases = 0
/** Returns the URL of an empty Redis database. */
const newRedis = (): string => `${redis!.url}/${++databases}`

const start = async (folder: string, env: Record<string, string>): Promise<string> =>
  startServer(env, { folder }).then(
    async (server) => (await server.close(), 'started'),
    (error: unknown) => String(error),
  )

function command(folder: string, env: Record<string, string>): string {
  const { PATH } = process.env
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=latchkey-source', CLI, 'sessions', 'ada'],
    {
      env: { ...(PATH !== undefined && { PATH }), LATCHKEY_DATA: folder, ...env },
      encoding: 'utf8',
    },
  )
  return stdout + stderr
}

const MOVE = { LATCHKEY_DANGEROUSLY_MOVE_SESSIONS: 'true' }

describe.skipIf(redis === null)('place of the sessions', () => {
  test('in a Redis: a process without it, or with another, does not start', async () => {
    const folder = temporaryFolder()
    const REDIS_URL = newRedis()
    // The command uses the real time.
    const clock = new Clock()
    clock.now = Date.now()
    const server = await startServer({ REDIS_URL }, { folder, clock })
    const { access_token: token } = await server.register()
    expect(await start(folder, {})).toContain('in a Redis, but REDIS_URL is not set')
    expect(await start(folder, { REDIS_URL: newRedis() })).toContain('in another Redis')
    expect(command(folder, {})).toContain('in a Redis, but REDIS_URL is not set')
    expect(command(folder, { REDIS_URL })).toMatch(/active, last refresh/)
    expect(await start(folder, { REDIS_URL })).toBe('started')
    expect((await server.send('GET', '/protected', { token })).status).toBe(200)
  })

  test('in the database: a process with a Redis does not start', async () => {
    const folder = temporaryFolder()
    expect(await start(folder, {})).toBe('started')
    const REDIS_URL = newRedis()
    expect(await start(folder, { REDIS_URL })).toContain('but REDIS_URL is set')
    expect(await start(folder, { REDIS_URL, ...MOVE })).toBe('started')
    expect(await start(folder, {})).toContain('REDIS_URL is not set')
    expect(await start(folder, MOVE)).toBe('started')
    expect(await start(folder, {})).toBe('started')
  })

  test('a Redis that lost its data: refused, unless it is known to lose data', async () => {
    const folder = temporaryFolder()
    expect(await start(folder, { REDIS_URL: newRedis() })).toBe('started')
    const REDIS_URL = newRedis()
    expect(await start(folder, { REDIS_URL })).toContain('or that one has lost its data')
    const LATCHKEY_DANGEROUSLY_NOT_DURABLE = 'true'
    expect(await start(folder, { REDIS_URL, LATCHKEY_DANGEROUSLY_NOT_DURABLE })).toBe('started')
    expect(await start(folder, { REDIS_URL })).toBe('started')
  })
})
