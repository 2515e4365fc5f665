import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  address,
  flag,
  hostName,
  isLoopback,
  json,
  oneOf,
  origin,
  path,
  seconds,
  secret,
  wholeNumber,
  type Kind,
} from './setting-kinds.ts'

interface Setting<T, F> {
  /** The environment variable. In the file the setting goes by its name in the table. */
  env: string
  kind: Kind<T>
  fallback: F
  help: string
}

const setting = <T, F extends T | null>(
  env: string,
  kind: Kind<T>,
  fallback: F,
  help: string,
): Setting<T, F> => ({ env, kind, fallback, help })

const HOUR = 60 * 60
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** Every setting there is. The configuration, the help and every message about a setting come from here. */
export const SETTINGS = {
  port: setting(
    'PORT',
    wholeNumber(0, 65_535),
    3000,
    'Port to listen on. 0 takes any that is free.',
  ),
  host: setting(
    'HOST',
    hostName,
    '127.0.0.1',
    'Address to listen on. 0.0.0.0 or :: is every network of this machine.',
  ),
  data: setting(
    'LATCHKEY_DATA',
    path,
    '.data',
    'Folder of the database and the keys. It is made if it is missing.',
  ),
  keys: setting(
    'LATCHKEY_KEYS',
    json,
    null,
    'The content of a keys.json, in place of the file: for machines without a disk of their own.',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    address('postgres:', 'postgresql:'),
    null,
    'A PostgreSQL, in place of the embedded SQLite: for any number of processes.',
  ),
  redisUrl: setting(
    'REDIS_URL',
    address('redis:', 'rediss:'),
    null,
    'A Redis or Valkey for the sessions and for counting failed attempts.',
  ),
  origin: setting(
    'LATCHKEY_ORIGIN',
    origin,
    null,
    'Where browsers find this server. http://localhost:PORT where HOST is this machine only.',
  ),
  accessLifetime: setting(
    'LATCHKEY_ACCESS_LIFETIME',
    seconds(5, DAY),
    300,
    'Life of an access token.',
  ),
  idleLifetime: setting(
    'LATCHKEY_IDLE_LIFETIME',
    seconds(60, 10 * YEAR),
    30 * DAY,
    'A session that is not used for so long ends.',
  ),
  absoluteLifetime: setting(
    'LATCHKEY_ABSOLUTE_LIFETIME',
    seconds(60, 10 * YEAR),
    90 * DAY,
    'A session ends so long after its sign-in.',
  ),
  grace: setting(
    'LATCHKEY_GRACE',
    seconds(1, HOUR),
    30,
    'A refresh token is handed out again, not replaced, for so long.',
  ),
  passwordMin: setting(
    'LATCHKEY_PASSWORD_MIN',
    wholeNumber(8, 128),
    15,
    'Least number of characters of a new password.',
  ),
  trustProxy: setting(
    'LATCHKEY_TRUST_PROXY',
    wholeNumber(0, 10),
    0,
    'Number of proxies in front whose X-Forwarded-For is believed.',
  ),
  metricsToken: setting(
    'LATCHKEY_METRICS_TOKEN',
    secret(16),
    null,
    'Who shows it as Authorization: Bearer may read GET /metrics. Without one there is no such address.',
  ),
  log: setting(
    'LATCHKEY_LOG',
    oneOf('quiet', 'requests'),
    'quiet',
    'requests: a line for each request and each event of a session.',
  ),
  dangerouslyAllowHttp: setting(
    'LATCHKEY_DANGEROUSLY_ALLOW_HTTP',
    flag,
    false,
    'Lets the origin be http:// on a network, where everybody can read along.',
  ),
  dangerouslyNotDurable: setting(
    'LATCHKEY_DANGEROUSLY_NOT_DURABLE',
    flag,
    false,
    'Accepts an engine that may lose sign-ins and bring back sessions that were ended.',
  ),
}

/** The variable that names the file; the one setting that a file cannot hold. */
export const CONFIG_ENV = 'LATCHKEY_CONFIG'

type Value<S> = S extends Setting<infer T, infer F> ? T | (F extends null ? null : never) : never
type Values = { [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> }

/** The settings, checked and complete. Lifetimes are in seconds, and `data` is an absolute path. */
export type Config = Readonly<Values>

export type ConfigOutcome = { ok: true; config: Config } | { ok: false; message: string }

/** What no single setting can say of itself. The sentence is shown where the condition does not hold. */
const CHECKS: ReadonlyArray<[holds: (config: Config) => boolean, sentence: string]> = [
  [
    (c) => c.idleLifetime > c.accessLifetime,
    'LATCHKEY_IDLE_LIFETIME must be longer than LATCHKEY_ACCESS_LIFETIME.',
  ],
  [
    (c) => c.absoluteLifetime >= c.idleLifetime,
    'LATCHKEY_ABSOLUTE_LIFETIME must be at least LATCHKEY_IDLE_LIFETIME.',
  ],
  [(c) => c.grace < c.idleLifetime, 'LATCHKEY_GRACE must be shorter than LATCHKEY_IDLE_LIFETIME.'],
  [
    (c) => c.origin !== null || isLoopback(c.host),
    'HOST is open to the network, so LATCHKEY_ORIGIN must say where browsers find this server, such as https://sign-in.example.',
  ],
  [
    (c) =>
      c.origin === null ||
      !c.origin.startsWith('http:') ||
      isLoopback(new URL(c.origin).hostname) ||
      c.dangerouslyAllowHttp,
    'LATCHKEY_ORIGIN is http://, so everybody on the way could read passwords and tokens. Put a server that speaks https in front and name its https:// origin, ' +
      'or set LATCHKEY_DANGEROUSLY_ALLOW_HTTP=true if this network is yours alone.',
  ],
]

export interface Sources {
  env: Readonly<Record<string, string | undefined>>
  /** Path of the file that `--config` names. */
  file?: string | undefined
}

const refuse = (message: string): ConfigOutcome => ({ ok: false, message })

/** Reads the settings: the environment over the file over the defaults. A refusal is one sentence that never quotes a value. */
export function readConfig({ env, file }: Sources): ConfigOutcome {
  const known = new Set([CONFIG_ENV, ...Object.values(SETTINGS).map((each) => each.env)])
  const stray = Object.keys(env).find((name) => name.startsWith('LATCHKEY_') && !known.has(name))
  if (stray !== undefined)
    return refuse(`${stray} is no setting of Latchkey. "latchkey --help" lists all of them.`)
  const entries = readFile(file ?? given(env[CONFIG_ENV]))
  if (typeof entries === 'string') return refuse(entries)

  const values: Record<string, unknown> = {}
  for (const [name, { env: variable, kind, fallback }] of Object.entries(SETTINGS) as Array<
    [string, Setting<unknown, unknown>]
  >) {
    const fromEnv = given(env[variable])
    const text = fromEnv ?? entries.get(name)
    const value = text === undefined ? fallback : kind.read(text)
    if (value === undefined)
      return refuse(
        `${fromEnv === undefined ? `"${name}" in the configuration file` : variable} must be ${kind.allowed}.`,
      )
    values[name] = value
  }
  const config = Object.freeze({ ...values, data: resolve(String(values.data)) } as Values)
  const broken = CHECKS.find(([holds]) => !holds(config))
  return broken === undefined ? { ok: true, config } : refuse(broken[1])
}

/** A variable that is set to nothing counts as one that is not set: that is how many tools pass on a variable that they do not have. */
const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

/** The entries of a file as texts, or what is wrong with it. */
function readFile(file: string | undefined): Map<string, string> | string {
  if (file === undefined) return new Map()
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return error instanceof SyntaxError
      ? 'The configuration file is not JSON.'
      : 'The configuration file cannot be read. Check its path and who may read it.'
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return 'The configuration file must hold one JSON object.'
  const entries = Object.entries(parsed)
  const stray = entries.find(([name]) => !Object.hasOwn(SETTINGS, name))
  if (stray !== undefined)
    return `"${stray[0]}" in the configuration file is no setting of Latchkey. "latchkey --help" lists all of them.`
  const odd = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))
  if (odd !== undefined)
    return `"${odd[0]}" in the configuration file must be ${SETTINGS[odd[0] as keyof Values].kind.allowed}.`
  return new Map(entries.map(([name, value]) => [name, String(value)]))
}

/** Where browsers find the server, once its port is known. */
export function publicOrigin({ origin }: Config, port: number): string {
  return origin ?? `http://localhost:${port}`
}

/** The origins whose pages may change something: the public one, and on this machine its other names too. */
export function allowedOrigins(config: Config, port: number): string[] {
  const own = new URL(publicOrigin(config, port))
  const names =
    own.protocol === 'http:' && isLoopback(own.hostname) ? ['localhost', '127.0.0.1', '[::1]'] : []
  return [...new Set([own.origin, ...names.map((name) => own.origin.replace(own.hostname, name))])]
}
