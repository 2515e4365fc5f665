/** Finds PgBouncer and starts it in front of a PostgreSQL server of the tests. */
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, foundFor } from './found.mjs'
import { startListening } from './listening-program.mjs'
import { freePort } from './postgres.mjs'

/** Path of `pgbouncer` on the PATH or where Debian puts it; null if there is none. */
export const findPgbouncer = () =>
  findProgram(['pgbouncer']) ?? ['/usr/sbin/pgbouncer'].find((path) => existsSync(path)) ?? null

/**
 * Starts it in transaction mode for a suite. Returns null if there is no PgBouncer, so that the
 * suite is skipped; throws instead if `CI=true`.
 * @param {string} suite
 * @param {number} port of the server
 */
export async function pgbouncerFor(suite, port) {
  const program = foundFor(suite, findPgbouncer(), 'pgbouncer was not found. Install it.')
  return program === null ? null : startPgbouncer(program, port)
}

async function startPgbouncer(program, serverPort) {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-pgbouncer-'))
  const port = await freePort()
  const file = join(home, 'pgbouncer.ini')
  const settings = [
    '[databases]',
    `postgres = host=127.0.0.1 port=${serverPort} user=latchkey`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 5',
  ]
  writeFileSync(file, settings.join('\n'))
  // It refuses to run as root.
  chmodSync(home, 0o755)
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const { stop } = await startListening(program, [...asNobody, file], home, port)
  return { url: `postgres://latchkey@127.0.0.1:${port}/postgres`, stop }
}
