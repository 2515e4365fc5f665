import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../src/cli/config.ts'
import { startServer, temporaryFolder } from './server.ts'

/** Starts a server once, so that the folder has keys and a database, and returns the folder. */
async function usedFolder(): Promise<string> {
  const server = await startServer()
  await server.register()
  await server.close()
  return server.folder
}

const restart = async (folder: string): Promise<string> =>
  startServer({}, { folder }).then(
    () => 'started',
    (error: unknown) => String(error),
  )

test('data folder: refused if other users may write to it', async () => {
  const folder = await usedFolder()
  for (const mode of [0o777, 0o770, 0o702]) {
    chmodSync(folder, mode)
    expect(await restart(folder)).toContain(
      `Other users of this machine can write to ${folder}. Fix it with: chmod go-w ${folder}`,
    )
  }
  chmodSync(folder, 0o755)
  expect(await restart(folder)).toBe('started')
})

test.each([
  'latchkey.db',
  'latchkey.db-wal',
  'latchkey.db.2026-11-30',
  'keys.json',
  'keys.json.old',
  'nightly-backup',
  'latchkey.env',
])('data folder: %s is refused if others can read it, or if it is a link', async (name) => {
  const folder = await usedFolder()
  const file = join(folder, name)
  if (name !== 'latchkey.db' && name !== 'keys.json') writeFileSync(file, '', { mode: 0o600 })
  for (const mode of [0o644, 0o640, 0o602]) {
    chmodSync(file, mode)
    expect(await restart(folder)).toContain(
      `Other users of this machine can read ${file}. Fix it with: chmod 600 ${file}`,
    )
  }
  chmodSync(file, 0o600)
  const elsewhere = join(temporaryFolder(), 'file')
  renameSync(file, elsewhere)
  symlinkSync(elsewhere, file)
  expect(await restart(folder)).toContain(`${file} is a symbolic link.`)
})

test('data folder: a dangling link in place of the keys or the database is refused', async () => {
  for (const name of ['keys.json', 'latchkey.db']) {
    const folder = temporaryFolder()
    const target = join(temporaryFolder(), 'not-there')
    symlinkSync(target, join(folder, name))
    expect(await restart(folder)).toContain('is a symbolic link')
  }
})

test.skipIf(process.getuid?.() !== 0)('data folder: files of other users are refused', async () => {
  const folder = await usedFolder()
  for (const path of [folder, join(folder, 'keys.json'), join(folder, 'latchkey.db')]) {
    chownSync(path, 1234, 1234)
    expect(await restart(folder)).toContain(
      `${path} belongs to another user (id 1234). Fix it with: chown 0 ${path}`,
    )
    chownSync(path, 0, 0)
  }
  expect(await restart(folder)).toBe('started')
})

/** A private file with one setting. */
function configFile(name: string, value: unknown, mode: number): string {
  const file = join(temporaryFolder(), 'latchkey.json')
  writeFileSync(file, JSON.stringify({ [name]: value }))
  chmodSync(file, mode)
  return file
}

const messageOf = (file: string): string => {
  const result = readConfig({ env: {}, file })
  return result.ok ? 'accepted' : result.message
}

test.each([
  ['keys', '{}'],
  ['metricsToken', 'a-token-of-the-tests'],
  ['databaseUrl', 'postgres://user:password@localhost'],
  ['redisUrl', 'redis://localhost'],
  ['clients', `shop:${'s'.repeat(32)}`],
])('configuration file with %s: refused unless it is private', (name, value) => {
  expect(messageOf(configFile(name, value, 0o600))).toBe('accepted')
  for (const mode of [0o644, 0o666, 0o640]) {
    const file = configFile(name, value, mode)
    expect(messageOf(file)).toBe(
      `Other users of this machine can read ${file}. Fix it with: chmod 600 ${file}`,
    )
  }
  const link = join(temporaryFolder(), 'link.json')
  symlinkSync(configFile(name, value, 0o600), link)
  expect(messageOf(link)).toContain('is a symbolic link')
})

test('configuration file without secrets: others may read it, but not write to it', () => {
  expect(messageOf(configFile('port', 0, 0o644))).toBe('accepted')
  expect(messageOf(configFile('port', 0, 0o666))).toMatch(/can write to .* chmod o-w /)
})

test('environment file: refused if it has a secret and others can read it', () => {
  const file = join(temporaryFolder(), '.env')
  writeFileSync(file, 'LATCHKEY_METRICS_TOKEN=a-token-of-the-tests\n', { mode: 0o644 })
  const read = () => readConfig({ env: {}, envFiles: [file] })
  expect(read()).toMatchObject({ ok: false, message: expect.stringContaining('chmod 600') })
  chmodSync(file, 0o600)
  expect(read()).toMatchObject({ ok: true })
  writeFileSync(file, 'PORT=0\n')
  chmodSync(file, 0o644)
  expect(read()).toMatchObject({ ok: true })
})

test('keys lost beside a used database: refused, with the way to go on', async () => {
  const folder = await usedFolder()
  const keys = join(folder, 'keys.json')
  const away = join(temporaryFolder(), 'keys.json')
  renameSync(keys, away)
  expect(await restart(folder)).toMatch(
    /There is no keys\.json in .* Restore it .* LATCHKEY_DANGEROUSLY_REPLACE_KEYS=true/,
  )
  copyFileSync(away, keys)
  expect(await restart(folder)).toBe('started')
})

test('other keys beside a used database: refused, until they replace the old ones', async () => {
  const folder = await usedFolder()
  const other = await usedFolder()
  copyFileSync(join(other, 'keys.json'), join(folder, 'keys.json'))
  expect(await restart(folder)).toContain('The database is used with other keys')
  const replaced = await startServer({ LATCHKEY_DANGEROUSLY_REPLACE_KEYS: 'true' }, { folder })
  expect((await replaced.signIn()).access_token).toBeTruthy()
  await replaced.close()
  expect(await restart(folder)).toBe('started')
})

test('keys replaced: the ones from before are refused afterwards', async () => {
  const folder = await usedFolder()
  const keys = join(folder, 'keys.json')
  const away = join(temporaryFolder(), 'keys.json')
  renameSync(keys, away)
  await (await startServer({ LATCHKEY_DANGEROUSLY_REPLACE_KEYS: 'true' }, { folder })).close()
  mkdirSync(join(folder, 'old'))
  renameSync(keys, join(folder, 'old', 'new-keys'))
  copyFileSync(away, keys)
  expect(await restart(folder)).toContain('The database is used with other keys')
})
