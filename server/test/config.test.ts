import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { allowedOrigins, publicOrigin, readConfig } from '../src/cli/config.ts'
import { SETTINGS, type Config } from '../src/cli/settings.ts'
import { helpText } from '../src/cli/help.ts'
import { configOf } from './server.ts'

const refusal = (env: Record<string, string>, file?: string): string => {
  const outcome = readConfig({ env, file })
  return outcome.ok ? 'accepted' : outcome.message
}

function write(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'latchkey.json')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

test('configuration: without settings, the documented defaults apply', () => {
  expect(configOf({})).toEqual({
    port: 3000,
    host: '127.0.0.1',
    data: resolve('.data'),
    keys: null,
    databaseUrl: null,
    redisUrl: null,
    origin: null,
    issuer: null,
    audience: null,
    clients: null,
    accessLifetime: 300,
    idleLifetime: 30 * 86_400,
    absoluteLifetime: 90 * 86_400,
    grace: 30,
    passwordMin: 15,
    registration: 'open',
    maxSessions: 100,
    trustProxy: 0,
    metricsToken: null,
    log: 'quiet',
    logAddresses: false,
    dangerouslyAllowHttp: false,
    dangerouslyReplaceKeys: false,
    dangerouslyMoveSessions: false,
    dangerouslyNotDurable: false,
  })
  expect(Object.isFrozen(configOf({}))).toBe(true)
})

const VALUES: { [K in keyof Config]: [text: string, value: Config[K]] } = {
  port: ['0', 0],
  host: ['0.0.0.0', '0.0.0.0'],
  data: ['/var/lib/latchkey', resolve('/var/lib/latchkey')],
  keys: ['{"keys":[]}', '{"keys":[]}'],
  databaseUrl: [
    'postgres://latchkey:secret@db.example/latchkey',
    'postgres://latchkey:secret@db.example/latchkey',
  ],
  redisUrl: ['rediss://redis.example', 'rediss://redis.example'],
  origin: ['https://sign-in.example', 'https://sign-in.example'],
  issuer: ['https://id.example/shop', 'https://id.example/shop'],
  audience: ['shop', 'shop'],
  clients: [
    `shop:${'s'.repeat(32)},billing:${'b'.repeat(32)}`,
    [
      { id: 'shop', secret: 's'.repeat(32) },
      { id: 'billing', secret: 'b'.repeat(32) },
    ],
  ],
  accessLifetime: ['60', 60],
  idleLifetime: ['3600', 3600],
  absoluteLifetime: ['9000000', 9_000_000],
  grace: ['10', 10],
  passwordMin: ['8', 8],
  registration: ['invite', 'invite'],
  maxSessions: ['3', 3],
  trustProxy: ['2', 2],
  metricsToken: ['a-token-for-metrics', 'a-token-for-metrics'],
  log: ['requests', 'requests'],
  logAddresses: ['true', true],
  dangerouslyAllowHttp: ['true', true],
  dangerouslyReplaceKeys: ['true', true],
  dangerouslyMoveSessions: ['true', true],
  dangerouslyNotDurable: ['true', true],
}

/** Another valid value, for settings without a default. */
const OTHERS: Record<string, string> = {
  origin: 'https://other.example',
  keys: '{}',
  databaseUrl: 'postgres://other.example',
  redisUrl: 'redis://other.example',
  issuer: 'https://other.example',
  audience: 'other',
  clients: `other:${'o'.repeat(32)}`,
}

test.each(Object.entries(VALUES))(
  'setting %s: read from the variable and from the file; the variable wins',
  (name, [text, value]) => {
    const { env } = SETTINGS[name as keyof Config]
    const rest: Record<string, string> =
      name === 'host' ? { LATCHKEY_ORIGIN: 'https://sign-in.example' } : {}
    expect(configOf({ ...rest, [env]: text })).toHaveProperty(name, value)
    // A list is written as its text.
    const file = write(JSON.stringify({ [name]: typeof value === 'object' ? text : value }))
    expect(configOf({ ...rest, LATCHKEY_CONFIG: file })).toHaveProperty(name, value)
    const other = write(
      JSON.stringify({ [name]: SETTINGS[name as keyof Config].fallback ?? OTHERS[name] }),
    )
    const both = readConfig({ env: { ...rest, [env]: text }, file: other })
    expect(both).toMatchObject({ ok: true, config: { [name]: value } })
  },
)

test.each([
  [{ PORT: 'abc' }, 'PORT must be a whole number from 0 to 65535.'],
  [{ PORT: '-1' }, 'PORT must be a whole number from 0 to 65535.'],
  [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535.'],
  [{ PORT: '3e3' }, 'PORT must be a whole number from 0 to 65535.'],
  [
    { DATABASE_URL: 'mysql://root:hunter2@db' },
    'DATABASE_URL must be a URL such as postgres://user:password@host.',
  ],
  [{ REDIS_URL: 'hunter2' }, 'REDIS_URL must be a URL such as redis://user:password@host.'],
  [{ LATCHKEY_KEYS: 'hunter2' }, 'LATCHKEY_KEYS must be JSON.'],
  [
    { HOST: 'two words' },
    'HOST must be an address or a host name of this machine, such as 127.0.0.1 or 0.0.0.0.',
  ],
  [
    { LATCHKEY_ACCESS_LIFETIME: '5 minutes' },
    'LATCHKEY_ACCESS_LIFETIME must be a whole number of seconds from 5 to 86400.',
  ],
  [{ LATCHKEY_PASSWORD_MIN: '7' }, 'LATCHKEY_PASSWORD_MIN must be a whole number from 8 to 128.'],
  [{ LATCHKEY_TRUST_PROXY: 'true' }, 'LATCHKEY_TRUST_PROXY must be a whole number from 0 to 10.'],
  [{ LATCHKEY_LOG: 'debug' }, 'LATCHKEY_LOG must be quiet or requests.'],
  [
    { LATCHKEY_ORIGIN: 'sign-in.example' },
    'LATCHKEY_ORIGIN must be an origin without a path, such as https://sign-in.example.',
  ],
  [
    { LATCHKEY_ORIGIN: 'https://sign-in.example/' },
    'LATCHKEY_ORIGIN must be an origin without a path, such as https://sign-in.example.',
  ],
  [
    { LATCHKEY_ORIGIN: 'https://user@sign-in.example' },
    'LATCHKEY_ORIGIN must be an origin without a path, such as https://sign-in.example.',
  ],
  [
    { LATCHKEY_ORIGIN: 'ftp://sign-in.example' },
    'LATCHKEY_ORIGIN must be an origin without a path, such as https://sign-in.example.',
  ],
  [
    { LATCHKEY_DANGEROUSLY_ALLOW_HTTP: 'yes' },
    'LATCHKEY_DANGEROUSLY_ALLOW_HTTP must be true or false.',
  ],
  [
    { LATCHKEY_IDLE_LIFETIME: '200', LATCHKEY_ACCESS_LIFETIME: '300' },
    'LATCHKEY_IDLE_LIFETIME must be longer than LATCHKEY_ACCESS_LIFETIME.',
  ],
  [
    { LATCHKEY_ABSOLUTE_LIFETIME: '86400' },
    'LATCHKEY_ABSOLUTE_LIFETIME must be at least LATCHKEY_IDLE_LIFETIME.',
  ],
  [
    { LATCHKEY_GRACE: '600', LATCHKEY_IDLE_LIFETIME: '600' },
    'LATCHKEY_GRACE must be shorter than LATCHKEY_IDLE_LIFETIME.',
  ],
  [
    { LATCHKEY_PASSWORD_MINIMUM: '9' },
    'LATCHKEY_PASSWORD_MINIMUM is not a setting. "latchkey --help" lists all settings.',
  ],
] as Array<[Record<string, string>, string]>)(
  'configuration: %o is refused with a message',
  (env, message) => {
    expect(refusal(env)).toBe(message)
  },
)

test('configuration: no message quotes a refused value, which may be a secret', () => {
  for (const { env } of Object.values(SETTINGS).filter(({ env }) => env !== 'LATCHKEY_DATA'))
    expect(refusal({ [env]: 'canary 4711\0' })).not.toMatch(/canary|accepted/)
})

test('configuration: an empty variable counts as unset', () => {
  expect(
    configOf({
      PORT: '',
      LATCHKEY_ORIGIN: '',
      LATCHKEY_CONFIG: '',
      LATCHKEY_DANGEROUSLY_ALLOW_HTTP: '',
    }).port,
  ).toBe(3000)
})

test.each([
  ['{', 'The configuration file is not valid JSON.'],
  ['[]', 'The configuration file must contain one JSON object.'],
  ['null', 'The configuration file must contain one JSON object.'],
  [
    '{"prot": 1}',
    '"prot" in the configuration file is not a setting. "latchkey --help" lists all settings.',
  ],
  [
    '{"constructor": 1}',
    '"constructor" in the configuration file is not a setting. ' +
      '"latchkey --help" lists all settings.',
  ],
  ['{"port": "x"}', '"port" in the configuration file must be a whole number from 0 to 65535.'],
  ['{"port": null}', '"port" in the configuration file must be a whole number from 0 to 65535.'],
  ['{"port": [3000]}', '"port" in the configuration file must be a whole number from 0 to 65535.'],
])('configuration file: %s is refused with a message', (text, message) => {
  expect(refusal({}, write(text))).toBe(message)
})

test('configuration file: a missing file is refused, from --config and from the variable', () => {
  expect(refusal({}, '/nowhere/at/all.json')).toMatch(/cannot be read/)
  expect(refusal({ LATCHKEY_CONFIG: '/nowhere/at/all.json' })).toMatch(/cannot be read/)
})

test('origin: http is only for loopback hosts, unless dangerously allowed', () => {
  expect(refusal({ LATCHKEY_ORIGIN: 'http://sign-in.example' })).toMatch(
    /LATCHKEY_DANGEROUSLY_ALLOW_HTTP=true/,
  )
  expect(refusal({ LATCHKEY_ORIGIN: 'http://192.168.1.2:3000' })).toMatch(/https/)
  expect(refusal({ LATCHKEY_ORIGIN: 'http://localhost.evil.example' })).toMatch(/https/)
  expect(
    refusal({ LATCHKEY_ORIGIN: 'http://sign-in.example', LATCHKEY_DANGEROUSLY_ALLOW_HTTP: 'true' }),
  ).toBe('accepted')
  for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'app.localhost'])
    expect(refusal({ LATCHKEY_ORIGIN: `http://${host}` })).toBe('accepted')
})

test('origin: required if the host is open to the network', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.2', 'server'])
    expect(refusal({ HOST: host })).toMatch(
      /^HOST is open to the network, so LATCHKEY_ORIGIN must be set/,
    )
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    expect(refusal({ HOST: host })).toBe('accepted')
  expect(refusal({ HOST: '0.0.0.0', LATCHKEY_ORIGIN: 'https://sign-in.example' })).toBe('accepted')
})

test('allowed origins: three for a loopback origin, one for a public origin', () => {
  expect(allowedOrigins(configOf({}), 4000)).toEqual([
    'http://localhost:4000',
    'http://127.0.0.1:4000',
    'http://[::1]:4000',
  ])
  expect(allowedOrigins(configOf({ LATCHKEY_ORIGIN: 'http://localhost:8080' }), 4000)).toEqual([
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ])
  expect(allowedOrigins(configOf({ LATCHKEY_ORIGIN: 'https://sign-in.example' }), 4000)).toEqual([
    'https://sign-in.example',
  ])
  expect(publicOrigin(configOf({}), 4000)).toBe('http://localhost:4000')
})

test('help: lists every variable, every key of the file and every default', () => {
  const help = helpText()
  for (const [name, { env, kind, fallback, help: description }] of Object.entries(SETTINGS)) {
    for (const part of [`  ${env}\n`, `In the file: ${name}.`, kind.allowed, description])
      expect(help).toContain(part)
    if (fallback !== null) expect(help).toContain(`Default: ${String(fallback)}.`)
  }
})
