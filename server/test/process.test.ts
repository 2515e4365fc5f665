import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createClient, type Send } from './client.ts'
import { ONE_ISSUER, PASSWORD, temporaryFolder, type Tokens } from './server.ts'

// Each process takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const CLI = join(import.meta.dirname, '../src/cli.ts')

/** Runs the command in its own process. */
function run(env: Record<string, string>, ...args: string[]) {
  const { PATH } = process.env
  const child = spawn(process.execPath, ['--conditions=latchkey-source', CLI, ...args], {
    env: { ...(PATH !== undefined && { PATH }), ...env },
    cwd: temporaryFolder(),
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (output.out += String(chunk)))
  child.stderr.on('data', (chunk) => (output.err += String(chunk)))
  return { child, output }
}

async function finished(env: Record<string, string>, ...args: string[]) {
  const { child, output } = run(env, ...args)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

async function started(env: Record<string, string>): Promise<{
  child: ChildProcess
  output: { out: string; err: string }
  send: Send
  port: number
}> {
  const { child, output } = run({ PORT: '0', ...env })
  const isReady = () => /(?:is ready: http:\/\/localhost:|listens on port )(\d+)/.exec(output.out)
  while (isReady() === null) {
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    if (child.exitCode !== null) throw new Error(output.err)
  }
  const port = Number(isReady()![1])
  const { send, close } = createClient(port)
  onTestFinished(close)
  return { child, output, send, port }
}

test('start: prints address and data folder; SIGTERM closes the database', async () => {
  const folder = join(temporaryFolder(), 'data')
  const { child, output, send, port } = await started({ LATCHKEY_DATA: folder })
  expect((await send('GET', '/healthz')).body).toEqual({ status: 'ok' })
  expect(output.out).toMatch(
    new RegExp(
      `^Latchkey is ready: http://localhost:${port}\nIts data is in ${folder}\n` +
        `There are no accounts yet. Create the first one: http://localhost:${port}/register\n`,
    ),
  )
  expect(existsSync(join(folder, 'keys.json'))).toBe(true)
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(existsSync(join(folder, 'latchkey.db-wal'))).toBe(false)
})

test('start: warns if the origin is https and no proxy is trusted', async () => {
  for (const [proxies, warned] of [
    ['0', true],
    ['1', false],
  ] as const) {
    const { child, output, port } = await started({
      LATCHKEY_DATA: temporaryFolder(),
      LATCHKEY_ORIGIN: 'https://sign-in.example',
      LATCHKEY_TRUST_PROXY: proxies,
    })
    expect(output.out).toMatch(
      new RegExp(
        '^Latchkey is ready: https://sign-in\\.example\n' +
          `It listens on port ${port} of 127\\.0\\.0\\.1\n`,
      ),
    )
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(
      output.err.includes(
        'LATCHKEY_ORIGIN is https, so there is a proxy in front, but LATCHKEY_TRUST_PROXY is 0',
      ),
    ).toBe(warned)
  }
})

test('stop: requests in progress are completed', async () => {
  const { child, send } = await started({ LATCHKEY_DATA: temporaryFolder() })
  await send('GET', '/healthz')
  const registrations = Array.from({ length: 6 }, (_, index) =>
    send('POST', '/register', { json: { username: `user ${index}`, password: PASSWORD } }),
  )
  // Sent after the registrations, so they have arrived when this response is here.
  await send('GET', '/healthz')
  child.kill('SIGINT')
  expect((await Promise.all(registrations)).map(({ status }) => status)).toEqual(Array(6).fill(200))
  expect(await once(child, 'close')).toEqual([0, null])
})

test('crash during refreshes: after the restart every session can be refreshed', async () => {
  const env = { ...ONE_ISSUER, LATCHKEY_DATA: temporaryFolder(), LATCHKEY_GRACE: '1' }
  const before = await started(env)
  const first = (
    await before.send('POST', '/register', { json: { username: 'ada', password: PASSWORD } })
  ).body as unknown as Tokens
  const others = await Promise.all(
    Array.from({ length: 5 }, () =>
      before.send('POST', '/login', { json: { username: 'ada', password: PASSWORD } }),
    ),
  )
  const sessions = [first, ...others.map(({ body }) => body as unknown as Tokens)].map(
    (tokens) => ({ tokens }),
  )
  // Each client refreshes as fast as it can and keeps the last response that it received.
  const clients = sessions.map(async (session) => {
    for (;;)
      session.tokens = (
        await before.send('POST', '/refresh', { token: session.tokens.refresh_token })
      ).body as unknown as Tokens
  })
  const stopped = Promise.allSettled(clients)
  while (sessions.some(({ tokens }) => tokens.generation < 1)) await before.send('GET', '/healthz')
  before.child.kill('SIGKILL')
  await stopped

  const after = await started(env)
  for (const { tokens } of sessions) {
    expect((await after.send('GET', '/protected', { token: tokens.access_token })).body).toEqual({
      logged_in_as: 'ada',
    })
    const { status, body } = await after.send('POST', '/refresh', { token: tokens.refresh_token })
    expect([status, Number(body.generation) >= tokens.generation]).toEqual([200, true])
  }
})

test('start: two first processes in one folder use the same keys', async () => {
  const env = { ...ONE_ISSUER, LATCHKEY_DATA: temporaryFolder() }
  const [first, second] = await Promise.all([started(env), started(env)])
  const { body } = await first.send('POST', '/register', {
    json: { username: 'ada', password: PASSWORD },
  })
  expect(
    (await second.send('GET', '/protected', { token: String(body.access_token) })).status,
  ).toBe(200)
  expect(
    (await second.send('POST', '/refresh', { token: String(body.refresh_token) })).status,
  ).toBe(200)
})

test('--help and --version: print and exit', async () => {
  const help = await finished({ LATCHKEY_NONSENSE: 'x' }, '--help')
  expect([help.code, help.err]).toEqual([0, ''])
  expect(help.out).toContain('LATCHKEY_ACCESS_LIFETIME')
  expect(await finished({}, '--version')).toEqual({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    err: '',
  })
})

test('start: wrong arguments or settings are one line on stderr and exit code 2', async () => {
  const config = join(temporaryFolder(), 'latchkey.json')
  writeFileSync(config, '{"port": "many"}')
  for (const [env, args, message] of [
    [
      {},
      ['--verbose'],
      'latchkey: unknown or missing argument. "latchkey --help" shows the usage.\n',
    ],
    [{}, ['serve'], 'latchkey: unknown or missing argument. "latchkey --help" shows the usage.\n'],
    [{ PORT: 'x' }, [], 'latchkey: PORT must be a whole number from 0 to 65535.\n'],
    [
      {},
      ['--config', config],
      'latchkey: "port" in the configuration file must be a whole number from 0 to 65535.\n',
    ],
  ] as Array<[Record<string, string>, string[], string]>) {
    expect(await finished(env, ...args)).toEqual({ code: 2, out: '', err: message })
  }
})

test('start: a port in use is one line on stderr and exit code 1', async () => {
  const taken = createServer()
  await once(taken.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const { code, err } = await finished({ PORT: String(port), LATCHKEY_DATA: temporaryFolder() })
  expect([code, err]).toEqual([
    1,
    `latchkey: Port ${port} is used by another program. ` +
      'Set PORT to another port, or to 0 for any free one.\n',
  ])
})

test('start: an unusable data folder or database is one line on stderr, exit code 1', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const blocked = await finished({ LATCHKEY_DATA: join(file, 'data') })
  expect([blocked.code, blocked.err]).toEqual([
    1,
    expect.stringMatching(
      /^latchkey: Cannot use the data folder .* \(ENOTDIR\)\. Set LATCHKEY_DATA .*\n$/,
    ),
  ])
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'latchkey.db'),
    'not a database, and long enough for SQLite to see that',
    { mode: 0o600 },
  )
  const broken = await finished({ LATCHKEY_DATA: folder })
  expect([broken.code, broken.err]).toEqual([
    1,
    expect.stringMatching(/^latchkey: Cannot open the database .*\n$/),
  ])
})
