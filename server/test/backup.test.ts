import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import {
  Clock,
  HOUR,
  ONE_ISSUER,
  startServer,
  temporaryFolder,
  type TestServer,
  type Tokens,
} from './server.ts'

// The command starts a process, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const CLI = join(import.meta.dirname, '../src/cli.ts')

function argumentsOf(data: string, args: readonly string[], settings: Record<string, string> = {}) {
  const { PATH } = process.env
  return [
    process.execPath,
    ['--conditions=latchkey-source', CLI, 'backup', ...args],
    { env: { ...(PATH !== undefined && { PATH }), LATCHKEY_DATA: data, ...settings } },
  ] as const
}

/** Runs the command while this process goes on. */
async function backUp(data: string, folder: string): Promise<string> {
  const [program, args, options] = argumentsOf(data, [folder])
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  expect(child.exitCode).toBe(0)
  return output
}

async function refresh(server: TestServer, { refresh_token: token }: Tokens): Promise<Tokens> {
  const { status, body } = await server.send('POST', '/refresh', { token })
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
  return body as unknown as Tokens
}

/** A server on the real time, as the command has it. */
async function startNow(folder = temporaryFolder(), at = Date.now()): Promise<TestServer> {
  const clock = new Clock()
  clock.now = at
  return startServer(ONE_ISSUER, { clock, folder })
}

test('a backup that is an hour old, made under load: every session it knows goes on', async () => {
  const server = await startNow()
  await server.register()
  let people = await Promise.all(Array.from({ length: 20 }, () => server.signIn()))
  const folder = join(temporaryFolder(), 'backup')
  const done = new AbortController()
  const backup = backUp(server.folder, folder).finally(() => done.abort())
  let rounds = 0
  while (!done.signal.aborted) {
    server.clock.advance(60)
    people = await Promise.all(people.map((tokens) => refresh(server, tokens)))
    rounds++
  }
  expect(await backup).toContain(`Backed up to ${folder}.`)
  expect(rounds).toBeGreaterThan(1)
  for (let minute = 0; minute < 60; minute += 5) {
    server.clock.advance(HOUR / 12)
    people = await Promise.all(people.map((tokens) => refresh(server, tokens)))
  }
  await server.close()
  const restored = await startNow(folder, server.clock.now + 60_000)
  for (let round = 0; round < 2; round++) {
    people = await Promise.all(people.map((tokens) => refresh(restored, tokens)))
    for (const { access_token: token } of people)
      expect((await restored.send('GET', '/protected', { token })).status).toBe(200)
    restored.clock.advance(60)
  }
  // The password is there too.
  expect(await restored.signIn()).toHaveProperty('access_token')
})

test('a backup is for its owner only, never replaces anything, and fails with words', async () => {
  const server = await startNow()
  await server.register()
  const parent = temporaryFolder()
  const folder = join(parent, 'backup')
  await backUp(server.folder, folder)
  expect(readdirSync(parent)).toEqual(['backup'])
  expect(readdirSync(folder).toSorted()).toEqual(['keys.json', 'latchkey.db'])
  for (const [path, mode] of [
    ['.', 0o700],
    ['keys.json', 0o600],
    ['latchkey.db', 0o600],
  ] as const)
    expect(statSync(join(folder, path)).mode & 0o777, path).toBe(mode)
  const errorOf = (args: string[], settings: Record<string, string> = {}) => {
    const [program, all, options] = argumentsOf(server.folder, args, settings)
    const { status, stderr } = spawnSync(program, all, { ...options, encoding: 'utf8' })
    expect(status).not.toBe(0)
    return stderr
  }
  const before = statSync(join(folder, 'latchkey.db')).mtimeMs
  expect(errorOf([folder])).toContain('exists. Name a new folder.')
  expect(statSync(join(folder, 'latchkey.db')).mtimeMs).toBe(before)
  rmSync(folder, { recursive: true })
  expect(errorOf(['/proc/backup'])).toMatch(/cannot write the backup to \/proc\/backup \(ENOENT\)/)
  expect(existsSync(folder)).toBe(false)
})

test('tables of a newer version: the server does not start, and says what to do', async () => {
  const server = await startNow()
  await server.close()
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(join(server.folder, 'latchkey.db'))
  database.exec(`UPDATE note SET value = '2' WHERE name = 'schema'`)
  database.close()
  await expect(startNow(server.folder)).rejects.toThrow(
    'The database has tables of version 2, and this server knows them up to version 1. Install',
  )
})
