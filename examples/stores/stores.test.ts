import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { Pool } from 'pg'
import { afterAll, expect, test } from 'vitest'
import { anyPostgresFor } from '../../scripts/postgres.mjs'
import { anyRedisFor } from '../../scripts/redis.mjs'
import { latchkeySession } from './drizzle-schema.ts'

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

test.skipIf(postgres === null).each(['drizzle.ts', 'kysely.ts'])(
  '%s: sessions and the queries of the application share a pool',
  async (program) => {
    const printed = await run(program, { DATABASE_URL: postgres!.url })
    expect(printed).toBe('Ada Lovelace has signed in\n')
  },
)

test.skipIf(postgres === null)('the schema for Drizzle is that of the table', async () => {
  const pool = new Pool({ connectionString: postgres!.url })
  const { rows } = await pool.query<{ column_name: string; is_nullable: string }>(
    `SELECT column_name, is_nullable FROM information_schema.columns
     WHERE table_name = 'latchkey_session'`,
  )
  await pool.end()
  const actual = rows.map(({ column_name, is_nullable }) => [column_name, is_nullable === 'NO'])
  const { columns } = getTableConfig(latchkeySession)
  const described = columns.map(({ name, notNull }) => [name, notNull])
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(actual))
})

test.skipIf(redis === null)('redis.ts: signs in, refreshes and signs out', async () => {
  expect(await run('redis.ts', { REDIS_URL: redis!.url })).toBe('signed-in\nrepeated\nsigned-out\n')
})
