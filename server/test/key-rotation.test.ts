import { spawnSync } from 'node:child_process'
import type { JsonWebKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAuth } from 'latchkey'
import { remoteKeys } from 'latchkey/remote-keys'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openData } from '../src/data/open.ts'
import { readKeys, replaceKeys } from '../src/key-file.ts'
import { takeRotationStep } from '../src/key-rotation.ts'
import {
  Clock,
  configOf,
  HOUR,
  MINUTE,
  ONE_ISSUER,
  startServer,
  temporaryFolder,
  type TestServer,
  type Tokens,
} from './server.ts'

// The command starts processes, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const CACHE_TIME = HOUR

/** Servers on one data folder and one clock, which can be restarted one by one. */
class Deployment {
  readonly clock = new Clock()
  readonly folder = temporaryFolder()
  servers: TestServer[] = []

  async start(): Promise<TestServer> {
    const server = await startServer(ONE_ISSUER, { clock: this.clock, folder: this.folder })
    this.servers.push(server)
    return server
  }

  async restartAll(): Promise<void> {
    for (let count = this.servers.length; count > 0; count--) {
      await this.start()
      await this.servers.shift()!.close()
    }
  }

  /** Returns the step that was taken, or why none was. */
  async rotate({ waits = true } = {}): Promise<string> {
    const config = configOf({ LATCHKEY_DATA: this.folder })
    const { now } = this.clock
    const { data, keys } = await openData({ config, now: () => now, create: false })
    const keyIds = createAuth({ secret: keys.secrets, keys: keys.keys })
      .jwks()
      .keys.map(({ kid }) => kid)
    const result = takeRotationStep(keys, {
      keyIds,
      processes: await data.processes.list(),
      now,
      cacheTime: waits ? CACHE_TIME * 1000 : -HOUR * 1000,
      accessLifetime: waits ? 300_000 : -HOUR * 1000,
    })
    await data.close()
    if (result.ok) replaceKeys(this.folder, result.keys)
    return result.ok ? result.step : result.message
  }
}

type Keys = ReturnType<typeof remoteKeys> | JsonWebKey[]
/** A service that knows the server by its public keys. */
type Verifier = (token: string) => Promise<boolean>

function verifierWith({ clock }: Deployment, keys: Keys): Verifier {
  const issuer = ONE_ISSUER.LATCHKEY_ISSUER
  const auth = createAuth({
    issuers: [{ issuer, audience: issuer, keys }],
    now: () => clock.now,
    // A restart may interrupt a fetch, which is repeated.
    onEvent: () => undefined,
  })
  return async (token) => (await auth.checkToken(token)).ok
}

async function fetchKeys({ servers }: Deployment): Promise<JsonWebKey[]> {
  const { body } = await servers[0]!.send('GET', '/.well-known/jwks.json')
  return body.keys as unknown as JsonWebKey[]
}

/** Fetches the keys once an hour, whatever token it meets. */
function staleVerifier(deployment: Deployment): Verifier {
  let fetchedAt = -Infinity
  let verify: Verifier
  return async (token) => {
    if (deployment.clock.now - fetchedAt >= CACHE_TIME * 1000) {
      verify = verifierWith(deployment, await fetchKeys(deployment))
      fetchedAt = deployment.clock.now
    }
    return verify(token)
  }
}

/** Forwards to the first server that runs: the address of all of them. */
async function jwksAddress(deployment: Deployment): Promise<string> {
  const proxy = createServer((_request, response) => {
    void fetchKeys(deployment).then(
      (keys) =>
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys })),
      // The server was stopped meanwhile.
      () => response.writeHead(503).end(),
    )
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void proxy.close())
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/jwks.json`
}

/** Runs a rotation, five minutes at a time. Returns the steps and the valid tokens refused. */
async function runRotation(rotate: (deployment: Deployment) => Promise<string>) {
  const deployment = new Deployment()
  await deployment.start()
  await deployment.start()
  const address = await jwksAddress(deployment)
  const verifiers = Array.from({ length: 20 }, (_, index) =>
    index < 3
      ? staleVerifier(deployment)
      : verifierWith(deployment, remoteKeys(address, { dangerouslyInsecureLoopback: true })),
  )
  await deployment.servers[0]!.register()
  let people = await Promise.all(deployment.servers.map((server) => server.signIn()))
  const steps: string[] = []
  let refused = 0
  const verifyAll = async () => {
    for (const { access_token: token } of people)
      for (const verify of verifiers) if (!(await verify(token))) refused++
  }
  for (let passed = 0; steps.at(-1) !== 'retired' && passed < 4 * HOUR; passed += 4 * MINUTE) {
    await verifyAll()
    const step = await rotate(deployment)
    if (!step.startsWith('it is too early')) {
      steps.push(step)
      await deployment.restartAll()
    }
    // Tokens from before the restart, and one minute before their end.
    deployment.clock.advance(4 * MINUTE)
    await verifyAll()
    people = await Promise.all(
      people.map(async ({ refresh_token: token }, index) => {
        const { body } = await deployment.servers[index]!.send('POST', '/refresh', { token })
        return body as unknown as Tokens
      }),
    )
  }
  return { steps, refused }
}

test('20 verifiers, 3 of which cache the keys for an hour: no valid token is refused', async () => {
  expect(await runRotation((deployment) => deployment.rotate())).toEqual({
    steps: ['published', 'signing', 'retired'],
    refused: 0,
  })
})

test('without the waits, verifiers would refuse valid tokens', async () => {
  const { steps, refused } = await runRotation((deployment) => deployment.rotate({ waits: false }))
  expect(steps).toEqual(['published', 'signing', 'retired'])
  expect(refused).toBeGreaterThan(0)
})

test('a process that was not restarted is named, and its last sign of life counts', async () => {
  const deployment = new Deployment()
  await deployment.start()
  expect(await deployment.rotate()).toBe('published')
  expect(await deployment.rotate()).toMatch(/^1 of 1 processes have not been restarted/)
  deployment.clock.advance(30 * MINUTE)
  await deployment.restartAll()
  deployment.clock.advance(31 * MINUTE)
  expect(await deployment.rotate()).toMatch(/^it is too early/)
  deployment.clock.advance(30 * MINUTE)
  expect(await deployment.rotate()).toBe('signing')
})

function latchkey(folder: string, args: string[], settings: Record<string, string> = {}) {
  const cli = join(import.meta.dirname, '../src/cli.ts')
  const { PATH } = process.env
  const env = { ...(PATH !== undefined && { PATH }), LATCHKEY_DATA: folder, ...settings }
  const all = ['--conditions=latchkey-source', cli, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

test('keys, keys rotate: say what to do next, and never print a private key', async () => {
  const clock = new Clock()
  clock.now = Date.now()
  const { folder } = await startServer({}, { clock })
  const file = join(folder, 'keys.json')
  const [kid] = latchkey(folder, ['keys']).output.split(' ')
  expect(latchkey(folder, ['keys']).output).toMatch(
    /^\S+ {2}signs\nprocess \w+, since .* has these/,
  )
  expect(latchkey(folder, ['keys', 'rotate']).output).toMatch(/Restart every process/)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const { output } = latchkey(folder, ['keys'])
  expect(output).toMatch(
    new RegExp(`^${kid} {2}signs\\n\\S+ {2}is published\\nprocess .*: restart it\\nnext step: not`),
  )
  for (const { d } of readKeys(folder)!.keys) expect(output).not.toContain(d)
  const before = readFileSync(file, 'utf8')
  for (const args of [
    ['keys', 'rotate'],
    ['keys', 'rotate', '--cache=1'],
    ['keys', 'rotat'],
  ])
    expect(latchkey(folder, args), args.join(' ')).toMatchObject({ status: 1 })
  const elsewhere = latchkey(folder, ['keys', 'rotate'], { LATCHKEY_KEYS: before })
  expect(elsewhere.output).toContain('the keys are in LATCHKEY_KEYS.')
  expect(readFileSync(file, 'utf8')).toBe(before)
})
