/** The session of a command: a file of its user, or a keychain. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createClient, fileStorage } from '../../src/node-client/index.ts'
import { Site } from '../client/site.ts'

const site = new Site()
beforeAll(() => site.listen())
afterAll(() => site.close())
let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  file = join(folder, 'session.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const command = (storage = fileStorage(file)) => createClient({ origin: site.origin, storage })

test('the file is for its user alone, and nothing else remains', async () => {
  const client = command()
  await client.signIn({ name: 'ann' })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['session.json'])
  expect((await command().fetch(`${site.origin}/orders`)).status).toBe(200)
  await client.signOut()
  expect(readFileSync(file, 'utf8')).not.toContain('access')
})

test('a command started before another one signed in goes on with its session', async () => {
  const early = command()
  expect((await early.ready).status).toBe('signed-out')
  await command().signIn({ name: 'ann' })
  const { status } = await early.fetch(`${site.origin}/orders`, { method: 'POST', body: 'x' })
  expect(status).toBe(200)
})

test('another server does not get the session', async () => {
  await command().signIn({ name: 'ann' })
  const other = createClient({ origin: 'https://other.example', storage: fileStorage(file) })
  expect((await other.ready).status).toBe('signed-out')
  expect((await command().ready).status).toBe('signed-in')
})

test.runIf(process.platform !== 'win32')('a file that others can open is refused', () => {
  writeFileSync(file, '{}')
  chmodSync(file, 0o640)
  expect(() => fileStorage(file)).toThrow(
    `The session file ${file} can be opened by others (mode 640); run: chmod 600 ${file}`,
  )
})

test('the folder is created, for its user alone', async () => {
  await command(fileStorage(join(folder, 'a', 'b', 'session.json'))).signIn({ name: 'ann' })
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['session.json'])
})

test('a link or a folder is refused', async () => {
  const target = join(folder, 'target')
  writeFileSync(target, '{}', { mode: 0o600 })
  symlinkSync(target, file)
  expect(() => fileStorage(file)).toThrow(`${file} is not a regular file`)
  rmSync(file)
  mkdirSync(file)
  expect(() => fileStorage(file)).toThrow(`${file} is not a regular file`)
})

test.runIf(process.getuid?.() === 0)('a file of another user is refused', () => {
  writeFileSync(file, '{}', { mode: 0o600 })
  chownSync(file, 1234, 1234)
  expect(() => fileStorage(file)).toThrow(`${file} belongs to another user (1234)`)
})

test('a file that is opened to others later ends no session, and the error says it', async () => {
  const client = command()
  await client.signIn({ name: 'ann' })
  chmodSync(file, 0o644)
  await expect(client.renew()).rejects.toMatchObject({
    name: 'Unreachable',
    cause: { message: expect.stringContaining('chmod 600') as string },
  })
  chmodSync(file, 0o600)
  await client.renew()
  expect(client.state).toMatchObject({ status: 'signed-in', reachable: true })
})

test('what a killed process left behind is no obstacle', async () => {
  writeFileSync(`${file}.tmp`, 'half')
  for (const kind of ['record', 'refresh']) writeFileSync(`${file}.${kind}.lock`, deadOwner())
  const client = command()
  await client.signIn({ name: 'ann' })
  await client.renew()
  expect(readdirSync(folder)).toEqual(['session.json'])
})

test('the lock of a process on another host is taken over after two seconds', async () => {
  writeFileSync(`${file}.refresh.lock`, `1@elsewhere x`)
  const begun = performance.now()
  const client = command()
  await client.signIn({ name: 'ann' })
  expect(performance.now() - begun).toBeGreaterThan(1900)
  expect(readdirSync(folder)).toEqual(['session.json'])
})

test('a keychain in place of the file', async () => {
  let secret: string | undefined
  const keychain = { read: () => secret, write: async (text: string) => void (secret = text) }
  await command(fileStorage(file, keychain)).signIn({ name: 'ann' })
  expect(readdirSync(folder)).toEqual([])
  const again = command(fileStorage(file, keychain))
  expect((await again.fetch(`${site.origin}/orders`)).status).toBe(200)
})

test('a process that uses it ends by itself', async () => {
  const { origin } = site
  const program = `
    import { createClient, fileStorage } from 'latchkey/client/node'
    const origin = ${JSON.stringify(origin)}
    const client = createClient({ origin, storage: fileStorage(${JSON.stringify(file)}) })
    await client.signIn({ name: 'ann' })
    console.log((await client.fetch(origin + '/orders')).status)`
  const args = ['--conditions=latchkey-source', '--input-type=module', '-e', program]
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output).toBe('200\n')
})

test.for([
  [{ storage: 'memory' }, "'undefined' is not an exact origin"],
  [{ origin: 'https://a.example' }, "'storage' is not given"],
  [{ origin: 'https://a.example', storage: 'file' }, "'storage' is not a storage"],
])('options: %j throws a TypeError', ([options, message]) => {
  expect(() => createClient(options as never)).toThrow(TypeError(message as string))
  expect(() => fileStorage('')).toThrow(TypeError("'path' is not a path of a file"))
})

/** The text of a lock whose process runs no more. */
function deadOwner(): string {
  const { pid } = spawnSync(process.execPath, ['--version'])
  return `${pid}@${hostname()} x`
}
