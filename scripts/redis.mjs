/** Finds Redis and starts servers for the tests, with their data in temporary folders. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, foundFor } from './found.mjs'
import { freePort, watch } from './postgres.mjs'

/** Path of `redis-server` or `valkey-server` on the PATH; null if there is none. */
export const findRedis = () => findProgram(['redis-server', 'valkey-server'])

/**
 * Starts a server for a suite, durable unless the settings say otherwise. Returns null if there is
 * no Redis, so that the suite is skipped; throws instead if `CI=true`.
 * @param {string} suite
 * @param {string[]} [settings] such as `['--maxmemory', '10mb']`
 */
export async function redisFor(suite, settings = []) {
  const program = foundFor(suite, findRedis(), 'redis-server was not found. Install it.')
  return program === null ? null : startRedis(program, settings)
}

/**
 * For a suite that only connects: the server at `REDIS_URL` if that is set (it must be as durable),
 * otherwise a new one.
 * @param {string} suite
 * @returns {Promise<{ url: string, stop(): Promise<unknown> } | null>}
 */
export async function anyRedisFor(suite) {
  const url = process.env.REDIS_URL
  return url ? { url, stop: async () => {} } : redisFor(suite)
}

/** Starts a server on a free port. `stop` ends it and removes its data. */
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
    /** The data folder. */
    data: home,
    /** Starts it, or starts it again, and waits until it accepts connections. */
    async start(moreArgs = []) {
      engine = spawn(program, [...args, ...moreArgs], {
        cwd: home,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      unwatch = watch(engine.pid, home)
      await ready(engine)
    },
    /** Ends it: with `SIGTERM` as an administrator would, with `SIGKILL` as a power cut would. */
    async end(signal = 'SIGTERM') {
      if (engine.exitCode !== null || engine.signalCode !== null) return
      const ended = once(engine, 'exit')
      engine.kill(signal)
      await ended
      unwatch?.()
    },
    /** `SIGSTOP` makes it exceed every time limit. */
    signal: (signal) => engine.kill(signal),
    async stop() {
      engine.kill('SIGCONT')
      await control.end()
      rmSync(home, { recursive: true, force: true })
    },
  }
  // No server or folder is left behind, however the tests end.
  process.once(
    'exit',
    () => (engine?.kill('SIGKILL'), rmSync(home, { recursive: true, force: true })),
  )
  await control.start()
  return control
}

/** Like `redisFor`, but starts a cluster of three nodes. */
export async function redisClusterFor(suite) {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']
  const nodes = [await redisFor(suite, settings)]
  if (nodes[0] === null) return null
  nodes.push(await redisFor(suite, settings), await redisFor(suite, settings))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const cli = findRedis().replace(/server$/, 'cli')
  const created = spawnSync(cli, ['--cluster', 'create', ...addresses, '--cluster-yes'], {
    encoding: 'utf8',
  })
  if (created.status !== 0)
    throw new Error(
      `redis-cli could not create the cluster: ${created.error?.message ?? created.stdout}`,
    )
  return {
    nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    stop: async () => Promise.all(nodes.map(async (node) => node.stop())),
  }
}

function ready(engine) {
  return new Promise((resolve, reject) => {
    let output = ''
    engine.stdout.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-10_000)
      if (output.includes('eady to accept')) resolve(undefined)
    })
    engine.once('exit', () => reject(new Error(`Redis ended before it was ready:\n${output}`)))
  })
}
