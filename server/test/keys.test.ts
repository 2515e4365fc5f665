import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deriveKeys, loadKeys, prepareDataFolder } from '../src/keys.ts'
import { configOf, ONE_ISSUER, startServer, temporaryFolder } from './server.ts'

function keysOf(folder: string) {
  prepareDataFolder(folder)
  return loadKeys(configOf({ LATCHKEY_DATA: folder }))
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('keys: created at the first start, readable by the current user only', () => {
  const folder = join(temporaryFolder(), 'a', 'b')
  const { keys, secrets } = keysOf(folder)
  expect(keys).toEqual([
    {
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      x: expect.any(String),
      y: expect.any(String),
      d: expect.any(String),
    },
  ])
  expect(Buffer.from(secrets[0]!, 'base64url')).toHaveLength(32)
  expect([modeOf(folder), modeOf(join(folder, 'keys.json'))]).toEqual([0o700, 0o600])
  expect(readdirSync(folder)).toEqual(['keys.json'])
})

test('keys: the next start reads the same keys', () => {
  const folder = temporaryFolder()
  expect(keysOf(folder)).toEqual(keysOf(folder))
})

test('data folder: whatever the umask, other users cannot read any file', async () => {
  const before = process.umask(0)
  try {
    const { folder, register } = await startServer()
    await register()
    for (const name of readdirSync(folder))
      expect([name, modeOf(join(folder, name))]).toEqual([name, 0o600])
  } finally {
    process.umask(before)
  }
})

test('keys: a file that other users can access is refused and not changed', () => {
  const folder = temporaryFolder()
  keysOf(folder)
  const file = join(folder, 'keys.json')
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    chmodSync(file, mode)
    const before = readFileSync(file, 'utf8')
    expect(() => keysOf(folder)).toThrow(
      `Other users of this machine can read ${file}. Fix it with: chmod 600 ${file}`,
    )
    expect(readFileSync(file, 'utf8')).toBe(before)
  }
})

test.each([
  ['', 'an empty file'],
  ['{', 'truncated JSON'],
  ['{}', 'no keys'],
  ['null', 'null'],
  ['{"keys":[],"secrets":["x"]}', 'an empty list'],
  ['{"keys":[{"kty":"EC"}],"secrets":["x"]}', 'an incomplete key'],
])('keys: a damaged file is never replaced: %s', (text) => {
  const folder = temporaryFolder()
  const file = join(folder, 'keys.json')
  writeFileSync(file, text, { mode: 0o600 })
  expect(() => keysOf(folder)).toThrow(/is damaged\. Restore it from a backup/)
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test.each([
  ['a public key', (keys: { keys: Array<Record<string, string>> }) => delete keys.keys[0]!.d],
  [
    'another algorithm',
    (keys: { keys: Array<Record<string, string>> }) => (keys.keys[0]!.alg = 'HS256'),
  ],
  [
    'a short secret',
    (keys: { secrets?: string[] }) => (keys.secrets = [Buffer.alloc(31).toString('base64url')]),
  ],
  [
    'a secret that is not base64url',
    (keys: { secrets?: string[] }) => (keys.secrets = ['+'.repeat(44)]),
  ],
])('keys: %s is refused as damaged', (_name, damage) => {
  const folder = temporaryFolder()
  const keys = structuredClone(keysOf(folder)) as never
  damage(keys)
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keys))
  expect(() => keysOf(folder)).toThrow(/is damaged/)
})

test('keys: with a new key in front, tokens of the old key stay valid', async () => {
  const before = await startServer(ONE_ISSUER)
  const tokens = await before.register()
  await before.close()
  const file = join(before.folder, 'keys.json')
  const old = keysOf(before.folder)
  const fresh = keysOf(join(before.folder, 'other'))
  writeFileSync(
    file,
    JSON.stringify({
      keys: [...fresh.keys, ...old.keys],
      secrets: [...fresh.secrets, ...old.secrets],
    }),
  )
  const after = await startServer(ONE_ISSUER, { folder: before.folder, clock: before.clock })
  expect((await after.send('GET', '/protected', { token: tokens.access_token })).status).toBe(200)
  after.clock.advance(60)
  const { status, body } = await after.send('POST', '/refresh', { token: tokens.refresh_token })
  expect([status, body.generation]).toEqual([200, 1])
  expect(
    ((await after.send('GET', '/.well-known/jwks.json')).body.keys as unknown as unknown[]).length,
  ).toBe(2)
})

test('derived keys: different for each purpose', () => {
  const keys = keysOf(temporaryFolder())
  const [first, second] = [deriveKeys(keys, 'first'), deriveKeys(keys, 'second')]
  expect(first[0]).toHaveLength(32)
  expect(first[0]!.equals(second[0]!)).toBe(false)
})
