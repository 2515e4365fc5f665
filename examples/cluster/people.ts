import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Pool } from 'pg'

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  bytes: number,
) => Promise<Buffer>

/** Creates the table. Run it once, before the processes start. */
export async function createPeople(pool: Pool): Promise<void> {
  await pool.query(
    `CREATE TABLE IF NOT EXISTS person
       (name text PRIMARY KEY, salt bytea NOT NULL, hash bytea NOT NULL)`,
  )
}

export async function addPerson(pool: Pool, name: string, password: string): Promise<void> {
  const salt = randomBytes(16)
  await pool.query('INSERT INTO person VALUES ($1, $2, $3)', [
    name,
    salt,
    await derive(password, salt, 32),
  ])
}

const UNKNOWN_PERSON = { salt: randomBytes(16), hash: randomBytes(32) }

/** An unknown name takes as long as a wrong password. */
export async function isPasswordOf(pool: Pool, name: unknown, password: unknown): Promise<boolean> {
  const { rows } = await pool.query<typeof UNKNOWN_PERSON>(
    'SELECT salt, hash FROM person WHERE name = $1',
    [String(name)],
  )
  const { salt, hash } = rows[0] ?? UNKNOWN_PERSON
  return timingSafeEqual(await derive(String(password), salt, 32), hash)
}
