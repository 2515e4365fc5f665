/** A Redis for the tests that need a real one: its program, and engines of their own with data in a temporary folder. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, foundFor } from './found.mjs'
import { freePort, watch } from './postgres.mjs'

/** Path of a `redis-server` or `valkey-server` on the PATH; null where there is none. */
export const findRedis = () => findProgram(['redis-server', 'valkey-server'])

/**
 * The engine for a suite, durable unless the settings say otherwise: null where it is to be skipped, which is said aloud. With `CI=true`
 * nothing may be skipped, and this throws.
 * @param {string} suite
 * @param {string[]} [settings] such as `--maxmemory 10mb`, a word each
 */
export async function redisFor(suite, settings = []) {
  const program = foundFor(suite, findRedis(), 'no redis-server was found. Install one.')
  return program === null ? null : startRedis(program, settings)
}

/**
 * The engine for a suite that only connects: that of `REDIS_URL` where it is set, which must be as durable, else one of its own.
 * @param {string} suite
 * @returns {Promise<{ url: string, stop(): Promise<unknown> } | null>}
 */
export async function anyRedisFor(suite) {
  const url = process.env.REDIS_URL
  return url ? { url, stop: async () => {} } : redisFor(suite)
}

/** Starts an engine on a free port of this machine. `stop` removes it. */
async function startRedis(program, settings) {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-redis-'))
  const port = await freePort()
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    home,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    ...settings,
  ]
  let engine
  let unwatch
  const control = {
    url: `redis://127.0.0.1:${port}`,
    port,
    /** Its folder of data. */
    data: home,
    /** Starts it (again), and waits until it has read its data and takes connections. */
    async start(more = []) {
      engine = spawn(program, [...args, ...more], {
        cwd: home,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      unwatch = watch(engine.pid, home)
      await ready(engine)
    },
    /** Ends it: `SIGTERM` as an administrator does, `SIGKILL` as a power cut does. */
    async end(signal = 'SIGTERM') {
      if (engine.exitCode !== null || engine.signalCode !== null) return
      const ended = once(engine, 'exit')
      engine.kill(signal)
      await ended
      unwatch?.()
    },
    /** `SIGSTOP` makes it slower than any limit. */
    signal: (signal) => engine.kill(signal),
    async stop() {
      engine.kill('SIGCONT')
      await control.end()
      rmSync(home, { recursive: true, force: true })
    },
  }
  // Nothing of it outlives the tests, however they end.
  process.once(
    'exit',
    () => (engine?.kill('SIGKILL'), rmSync(home, { recursive: true, force: true })),
  )
  await control.start()
  return control
}

/** Starts a cluster of three nodes for a suite, as `redisFor` does one. */
export async function redisClusterFor(suite) {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes = [await redisFor(suite, settings)]
  if (nodes[0] === null) return null
  nodes.push(await redisFor(suite, settings), await redisFor(suite, settings))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const cli = findRedis().replace(/server$/, 'cli')
  const made = spawnSync(cli, ['--cluster', 'create', ...addresses, '--cluster-yes'], {
    encoding: 'utf8',
  })
  if (made.status !== 0)
    throw new Error(`the cluster could not be made: ${made.error?.message ?? made.stdout}`)
  return {
    nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    stop: async () => Promise.all(nodes.map(async (node) => node.stop())),
  }
}

function ready(engine) {
  return new Promise((resolve, reject) => {
    let said = ''
    engine.stdout.setEncoding('utf8').on('data', (text) => {
      said = (said + text).slice(-10_000)
      if (said.includes('eady to accept')) resolve(undefined)
    })
    engine.once('exit', () => reject(new Error(`Redis ended before it was ready:\n${said}`)))
  })
}
