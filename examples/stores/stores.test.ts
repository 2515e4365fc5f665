import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { anyPostgresFor } from '../../scripts/postgres.mjs'
import { anyRedisFor } from '../../scripts/redis.mjs'

const postgres = await anyPostgresFor('the example of PostgreSQL')
const redis = await anyRedisFor('the example of Redis')
afterAll(async () => {
  await postgres?.stop()
  await redis?.stop()
})

/** Runs a program of this folder until it exits by itself, and returns what it printed. */
async function run(program: string, env: Record<string, string>): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--conditions=latchkey-source', join(import.meta.dirname, program)],
    {
      env: { PATH: process.env.PATH!, SECRET: 'a secret of more than thirty-two bytes', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let printed = ''
  child.stdout.on('data', (text) => (printed += String(text)))
  const [code] = (await once(child, 'close')) as [number]
  expect(code).toBe(0)
  return printed
}

test.skipIf(postgres === null)('postgres.ts: signs in, refreshes and signs out', async () => {
  expect(await run('postgres.ts', { DATABASE_URL: postgres!.url })).toBe(
    'signed-in\nrepeated\nsigned-out\n',
  )
})

test.skipIf(redis === null)('redis.ts: signs in, refreshes and signs out', async () => {
  expect(await run('redis.ts', { REDIS_URL: redis!.url })).toBe('signed-in\nrepeated\nsigned-out\n')
})
