/** Finds nginx and Caddy, and starts them for the tests with a configuration of their own. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, foundFor } from './found.mjs'
import { startListening } from './listening-program.mjs'

/** Path of `nginx` on the PATH or where Debian puts it; null if there is none. */
export const findNginx = () =>
  findProgram(['nginx']) ?? ['/usr/sbin/nginx'].find((path) => existsSync(path)) ?? null

/** Path of `caddy` on the PATH; null if there is none. */
export const findCaddy = () => findProgram(['caddy'])

/**
 * Returns a function that starts nginx with server blocks that listen on a port. Null if there is
 * no nginx, so that the suite is skipped; throws instead if `CI=true`.
 * @param {string} suite
 */
export function nginxFor(suite) {
  const program = foundFor(suite, findNginx(), 'nginx was not found. Install it.')
  return program === null ? null : (servers, port) => startNginx(program, servers, port)
}

/**
 * The same for Caddy and a Caddyfile.
 * @param {string} suite
 */
export function caddyFor(suite) {
  const program = foundFor(suite, findCaddy(), 'caddy was not found. Install it.')
  return program === null ? null : (caddyfile, port) => startCaddy(program, caddyfile, port)
}

function startNginx(program, servers, port) {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-nginx-'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const file = join(home, 'nginx.conf')
  const settings = [
    'daemon off; master_process off;',
    `pid ${home}/pid; error_log ${home}/error.log;`,
    'events {}',
    'http {',
    'access_log off;',
    ...temporary.map((name) => `${name}_temp_path ${home}/${name};`),
    servers,
    '}',
  ]
  writeFileSync(file, settings.join('\n'))
  return startListening(program, ['-e', `${home}/error.log`, '-p', home, '-c', file], home, port)
}

function startCaddy(program, caddyfile, port) {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-caddy-'))
  const file = join(home, 'Caddyfile')
  // Without the API for administration, several can run at a time.
  writeFileSync(file, `{\nadmin off\nauto_https off\n}\n${caddyfile}`)
  return startListening(program, ['run', '--config', file, '--adapter', 'caddyfile'], home, port)
}
