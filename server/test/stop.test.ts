import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ONE_ISSUER, startServer, temporaryFolder } from './server.ts'

// Processes are started, and a locked database is waited for.
vi.setConfig({ testTimeout: 60_000 })

/** Starts a process of the server. Returns its port. */
async function startProcess(folder: string) {
  const cli = join(import.meta.dirname, '../src/cli.ts')
  const child = spawn(process.execPath, ['--conditions=latchkey-source', cli], {
    env: { PATH: process.env.PATH, PORT: '0', LATCHKEY_DATA: folder, ...ONE_ISSUER },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(/:(\d+)/.exec(String(line))![1]) }
}

interface Reply {
  status: number
  /** True if the server asks to close the connection. */
  closes: boolean
}

const send = (port: number, agent: Agent): Promise<Reply> =>
  new Promise((resolve, reject) => {
    get({ port, path: '/readyz', agent }, (response) => {
      response.resume().on('end', () =>
        resolve({
          status: response.statusCode!,
          closes: response.headers.connection === 'close',
        }),
      )
    }).on('error', reject)
  })

test('SIGTERM: no request of 40 clients is reset, and all of them move on', async () => {
  const folder = temporaryFolder()
  const [first, second] = [await startProcess(folder), await startProcess(folder)]
  const errors: unknown[] = []
  const served: unknown[] = []
  let moved = 0
  /** Sends requests on one connection until the process asks to close it, as a proxy does. */
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      while (!(await send(first.port, agent)).closes) served.push(1)
      expect((await send(second.port, agent)).status).toBe(200)
      moved++
    } catch (error) {
      errors.push(error)
    } finally {
      agent.destroy()
    }
  }
  const clients = Array.from({ length: 40 }, client)
  while (served.length < 400) await new Promise(setImmediate)
  const ended = once(first.child, 'close')
  first.child.kill('SIGTERM')
  await Promise.all(clients)
  expect({ errors, moved }).toEqual({ errors: [], moved: 40 })
  expect(await ended).toEqual([0, null])
})

test('/readyz: 503 while nothing can be written, and /healthz still 200', async () => {
  const server = await startServer()
  expect((await server.send('GET', '/readyz')).status).toBe(200)
  const other = new DatabaseSync(join(server.folder, 'latchkey.db'))
  onTestFinished(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  // The result of the first check is used for one second.
  await expect
    .poll(async () => (await server.send('GET', '/readyz')).status, { timeout: 20_000 })
    .toBe(503)
  expect((await server.send('GET', '/healthz')).status).toBe(200)
  other.exec('ROLLBACK')
  await expect
    .poll(async () => (await server.send('GET', '/readyz')).status, { timeout: 20_000 })
    .toBe(200)
})

test('/readyz: 503 as soon as the server is about to stop', async () => {
  const server = await startServer()
  server.services.readiness.isStopping = true
  expect((await server.send('GET', '/readyz')).body.error).toBe('temporarily_unavailable')
})
