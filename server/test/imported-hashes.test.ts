import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, expect, test, vi } from 'vitest'
import { readImportLine } from '../src/accounts/import-line.ts'
import { readImportedHash } from '../src/accounts/imported-hashes.ts'
import { createPasswords } from '../src/accounts/passwords.ts'
import { Clock, startServer, type TestServer } from './server.ts'

// The command starts a process, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const ROOT = join(import.meta.dirname, '../..')
const PASSWORD = 'seven quiet owls at noon'

/** Made by these systems themselves. */
const HASHES: Readonly<Record<string, string>> = {
  'bcrypt 2b': '$2b$04$9Jny2QCkZRgaV.tP28aDLOgLGVRiw.CgGnGp6YPAwfZhqPAgY3rS6',
  'bcrypt 2y': '$2y$04$9Jny2QCkZRgaV.tP28aDLOgLGVRiw.CgGnGp6YPAwfZhqPAgY3rS6',
  'Werkzeug pbkdf2:sha256':
    'pbkdf2:sha256:1000$SxqRAkN6KLec3J5s$' +
    '2e956c18001b7c233f0c59bd117c224b997dbd1780c93e9ee4f3ab65f9fd632a',
  'Werkzeug pbkdf2:sha1':
    'pbkdf2:sha1:1000$a1jE8GkiMUrP8RTE$c91ca96872b3e046e805c2440807df45a5667774',
  'Werkzeug scrypt':
    'scrypt:32768:8:1$Qd9mGz0pXw1LkV2c$' +
    'a8a9623d02edf664d05a5a1b8b98c45cdbcab36be835947bff72739700444b40' +
    '027901338098193155ec03f70333493bf4077cbc4b086db7cad4da49de21fe5c',
  'Django pbkdf2_sha256':
    'pbkdf2_sha256$1000$UvqQVzvrQxFYuuVVqHUCdA$b2RTTxEC6M1VWLSLBShdJ9YMqEcF5nWKnwmxR3L0VB8=',
  'Django pbkdf2_sha1': 'pbkdf2_sha1$1000$gC64Z8WkuOrp8DB4T5f5iq$J2ScNSpZqECCnzG7qhhy7XEQv1Y=',
  'Django argon2':
    'argon2$argon2id$v=19$m=1024,t=2,p=8$ODl4R0toMDRVZ3JVU0l2SGxFbmFmVA$madk5jcD+/zbFXX0Prurhw',
  'Django bcrypt_sha256':
    'bcrypt_sha256$$2b$04$cO66ApvkvB6IH8z0Miw6ceYUIPSxV4tSWMNP.1PmqFQpIZhThvNFO',
  'Django bcrypt': 'bcrypt$$2b$04$XeqihEGDJwKhRlk4kL7.pe5xHDIZl9Vwg/t.p1qQtgnzbUw7BV3C2',
  'Django scrypt':
    'scrypt$16384$hWv3pJ5rT8yKqZ2nB7cX4s$8$5$' +
    'lc9Q+1UWTurjgMLeLutvCbfcK24V5f6YdlhkpM7G1QqIrfg+Ou/KLmd13XOTL1taj4tfxSFUCRB1vjaw8uj2Hg==',
  'Passlib pbkdf2-sha256':
    '$pbkdf2-sha256$1000$ZkypdY7RGuM8h/C.F.I8xw$VLwH2S73iiZLOtOXbkuYOB9btnAk6nPehDkQ.zqCivY',
  'Passlib pbkdf2-sha512':
    '$pbkdf2-sha512$1000$eu/9/793TmktpdTaGwOAEA$' +
    'K9REC1cumzpJMd0o9LJLQIAUEG6i.OOH4bMAweXmXSKVRddAD5L.o86GsZtDPtFPu9ZSX6v/.qgVI7JYXb1Wpg',
  'Passlib pbkdf2': '$pbkdf2$1000$630PwVirVUrJGUOoVUopJQ$J3piq4m2XrAUultAasHvSeZTkuM',
}

describe.each(Object.entries(HASHES))('%s', (_name, hash) => {
  test('the right password matches, others do not, and the hash is renewed', async () => {
    const passwords = await createPasswords()
    expect(await passwords.verify(hash, PASSWORD)).toBe(true)
    for (const wrong of [`${PASSWORD} `, 'Seven quiet owls at noon', '\0', 'x'.repeat(256)])
      expect(await passwords.verify(hash, wrong)).toBe(false)
    expect(readImportedHash(hash)?.isTooCostly).toBe(false)
    expect(passwords.isOutdated(hash)).toBe(true)
  })
})

test('a password matches as it was typed, even if it was never normalized', async () => {
  const passwords = await createPasswords()
  const hash = '$2b$04$JsS82MrJU1xcao5UBfu.buEMNTk.Hlw/yp1PFbMpqTzXdL0CxRJ1S'
  expect(await passwords.verify(hash, 'e\u0301te\u0301 a\u0300 la plage')).toBe(true)
})

test('bcrypt: of a long password, the system read 72 bytes', async () => {
  const passwords = await createPasswords()
  const hash = '$2b$04$6weCSiy63aeEwj6PBkfYZuqsbumVO528CPWiep5dwpmC/gC8zj50C'
  expect(await passwords.verify(hash, 'x'.repeat(80))).toBe(true)
})

test.each([
  ['bcrypt', '$2b$15$9Jny2QCkZRgaV.tP28aDLOgLGVRiw.CgGnGp6YPAwfZhqPAgY3rS6'],
  ['PBKDF2', HASHES['Django pbkdf2_sha256']!.replace('1000', '400000000')],
  ['PBKDF2, zero', HASHES['Django pbkdf2_sha256']!.replace('1000', '0')],
  ['scrypt', HASHES['Werkzeug scrypt']!.replace('32768', '1048576')],
  ['scrypt, no power of two', HASHES['Werkzeug scrypt']!.replace('32768', '32767')],
  ['argon2', HASHES['Django argon2']!.replace('m=1024', 'm=4194304')],
])('a hash that takes seconds to verify is refused: %s', (_name, hash) => {
  expect(readImportLine(JSON.stringify({ username: 'ada', password_hash: hash }), 0)).toEqual({
    ok: false,
    reason: '"password_hash" would take too long to verify',
  })
})

test.each([
  ['no JSON', /JSON object/],
  ['[]', /JSON object/],
  [`{"username":"${'a'.repeat(20_000)}"}`, /16 KiB/],
  ['{"username":"ada","password_hash":null,"pasword":"x"}', /member/],
  ['{"username":"ada"}', /"password_hash" must/],
  ['{"username":" ada","password_hash":null}', /"username"/],
  ['{"username":"p\u0430ypal","password_hash":null}', /one script/],
  ['{"username":"ada","password_hash":"5f4dcc3b5aa765d61d8327deb882cf99"}', /unknown form/],
  [`{"username":"ada","password_hash":"${'$'.repeat(5000)}"}`, /unknown form/],
  ['{"username":"ada","password_hash":null,"id":"a b"}', /"id"/],
  ['{"username":"ada","password_hash":null,"id":null}', /"id"/],
  ['{"username":"ada","password_hash":null,"created_at":"yesterday"}', /"created_at"/],
])('a line is refused with its reason: %.60s', (line, reason) => {
  const result = readImportLine(line, 0)
  expect(result.ok ? '' : result.reason).toMatch(reason)
})

test('the lines of the documentation can be imported', async () => {
  const page = readFileSync(join(ROOT, 'docs/moving-accounts.md'), 'utf8')
  const lines = page.split('\n').filter((line) => line.startsWith('{'))
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(readImportLine(line, 0)).toMatchObject({ ok: true })
})

test('a reserved name is taken: the operator runs the import', () => {
  const line = '{"username":"admin","password_hash":null,"created_at":"2020-02-03T04:05:06Z"}'
  expect(readImportLine(line, 0)).toMatchObject({
    ok: true,
    user: { username: 'admin', createdAt: Date.UTC(2020, 1, 3, 4, 5, 6) },
  })
})

function importFile({ folder }: TestServer, text: string, ...options: string[]) {
  const file = join(folder, 'accounts.jsonl')
  writeFileSync(file, text)
  const cli = join(import.meta.dirname, '../src/cli.ts')
  const args = ['--conditions=latchkey-source', cli, 'users', 'import', file, ...options]
  const { PATH } = process.env
  const env = { ...(PATH !== undefined && { PATH }), LATCHKEY_DATA: folder }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('users import: people sign in with their old password, and the hash is renewed', async () => {
  const clock = new Clock()
  clock.now = Date.now()
  const server = await startServer({}, { clock })
  const hash = HASHES['Werkzeug scrypt']!
  const text = `\uFEFF${JSON.stringify({ id: 7, username: 'ada', password_hash: hash })}\r\n\n`
  expect(importFile(server, text, '--dry-run')).toEqual({
    status: 0,
    stdout: 'Would create 1 account. 0 existed already. 0 refused.\n',
    stderr: '',
  })
  expect(importFile(server, text).stdout).toBe('Created 1 account. 0 existed already. 0 refused.\n')
  const signIn = async (password: string) =>
    server.send('POST', '/login', { json: { username: 'ada', password } })
  expect((await signIn('a guess that is wrong')).body.error).toBe('credentials_invalid')
  const token = String((await signIn(PASSWORD)).body.access_token)
  expect((await server.send('GET', '/session', { token })).body.identity).toBe('7')
  const stored = async () => (await server.services.users.byId('7'))!.passwordHash
  await expect.poll(stored).toMatch(/^\$argon2id\$/)
  expect((await signIn(PASSWORD)).status).toBe(200)
})

test('users import: refused lines are listed by number, without the hash', async () => {
  const server = await startServer()
  const { status, stderr } = importFile(server, '{"username":"ada","password_hash":"secret"}\n')
  expect(status).toBe(1)
  expect(stderr).toBe(
    'latchkey: Created 0 accounts. 0 existed already. 1 refused:\n' +
      '  line 1: "password_hash" has an unknown form\n',
  )
})
