import {
  audience,
  clients,
  databaseUrl,
  flag,
  hostName,
  issuer,
  keyFile,
  oneOf,
  origin,
  path,
  seconds,
  secret,
  wholeNumber,
  type Kind,
} from './setting-kinds.ts'

export interface Setting<T, F> {
  /** The environment variable. In the file, the key in `SETTINGS` is the name. */
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

/** All settings: the source of the configuration, the help text and the messages about settings. */
export const SETTINGS = {
  port: setting('PORT', wholeNumber(0, 65_535), 3000, 'Port to listen on. 0 takes any free port.'),
  host: setting(
    'HOST',
    hostName,
    '127.0.0.1',
    'Address to listen on. 0.0.0.0 or :: listens on all networks of this machine.',
  ),
  data: setting(
    'LATCHKEY_DATA',
    path,
    '.data',
    'Folder of the database and the keys. It is created if it is missing.',
  ),
  keys: setting(
    'LATCHKEY_KEYS',
    keyFile,
    null,
    'The content of a keys.json file, in place of the file: for machines without a disk.',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    databaseUrl('postgres:', 'postgresql:'),
    null,
    'URL of a PostgreSQL database, in place of the embedded SQLite: for any number of processes.',
  ),
  redisUrl: setting(
    'REDIS_URL',
    databaseUrl('redis:', 'rediss:'),
    null,
    'URL of a Redis or Valkey for the sessions and the counters of failed attempts.',
  ),
  origin: setting(
    'LATCHKEY_ORIGIN',
    origin,
    null,
    'Public origin of this server. Defaults to http://localhost:PORT if HOST is a loopback ' +
      'address.',
  ),
  issuer: setting(
    'LATCHKEY_ISSUER',
    issuer,
    null,
    'The claim iss of access tokens. Defaults to the public origin.',
  ),
  audience: setting(
    'LATCHKEY_AUDIENCE',
    audience,
    null,
    'The claim aud of access tokens: who accepts them. Defaults to the public origin.',
  ),
  clients: setting(
    'LATCHKEY_CLIENTS',
    clients,
    null,
    'Back ends that may introspect and revoke tokens, as id:secret with commas between them.',
  ),
  accessLifetime: setting(
    'LATCHKEY_ACCESS_LIFETIME',
    seconds(5, DAY),
    300,
    'Lifetime of an access token.',
  ),
  idleLifetime: setting(
    'LATCHKEY_IDLE_LIFETIME',
    seconds(60, 10 * YEAR),
    30 * DAY,
    'A session ends if it is not refreshed for this long.',
  ),
  absoluteLifetime: setting(
    'LATCHKEY_ABSOLUTE_LIFETIME',
    seconds(60, 10 * YEAR),
    90 * DAY,
    'A session ends this long after its sign-in, even if it is used.',
  ),
  grace: setting(
    'LATCHKEY_GRACE',
    seconds(1, HOUR),
    30,
    'How long after a rotation a repeated refresh gets the same refresh token again.',
  ),
  passwordMin: setting(
    'LATCHKEY_PASSWORD_MIN',
    wholeNumber(8, 128),
    15,
    'Minimum length of a new password, in characters.',
  ),
  registration: setting(
    'LATCHKEY_REGISTRATION',
    oneOf('open', 'invite', 'closed'),
    'open',
    'Who may create an account: everybody, whoever has an invitation (latchkey invite), or nobody.',
  ),
  maxSessions: setting(
    'LATCHKEY_MAX_SESSIONS',
    wholeNumber(1, 1000),
    100,
    'Sessions of one account. A further sign-in ends the one that was not used for longest.',
  ),
  trustProxy: setting(
    'LATCHKEY_TRUST_PROXY',
    wholeNumber(0, 10),
    0,
    'Number of proxies in front of the server whose X-Forwarded-For entries are trusted.',
  ),
  metricsToken: setting(
    'LATCHKEY_METRICS_TOKEN',
    secret(16),
    null,
    'Bearer token for GET /metrics. If it is not set, there is no such route.',
  ),
  log: setting(
    'LATCHKEY_LOG',
    oneOf('quiet', 'requests'),
    'quiet',
    'requests: also logs each request and each event of a session.',
  ),
  logAddresses: setting(
    'LATCHKEY_LOG_ADDRESSES',
    flag,
    false,
    'Events in the log have the address of the client, for tools such as fail2ban.',
  ),
  dangerouslyAllowHttp: setting(
    'LATCHKEY_DANGEROUSLY_ALLOW_HTTP',
    flag,
    false,
    'Allows an http:// origin on a network, where passwords and tokens can be intercepted.',
  ),
  dangerouslyReplaceKeys: setting(
    'LATCHKEY_DANGEROUSLY_REPLACE_KEYS',
    flag,
    false,
    'Starts with other keys than the database was used with. Every session ends. For one start.',
  ),
  dangerouslyMoveSessions: setting(
    'LATCHKEY_DANGEROUSLY_MOVE_SESSIONS',
    flag,
    false,
    'Keeps the sessions elsewhere than the database notes. Every session ends. For one start.',
  ),
  dangerouslyNotDurable: setting(
    'LATCHKEY_DANGEROUSLY_NOT_DURABLE',
    flag,
    false,
    'Accepts a database that may lose new sessions and restore ended ones.',
  ),
}

/** The variable with the path of the file. It cannot be set in the file itself. */
export const CONFIG_ENV = 'LATCHKEY_CONFIG'

type Value<S> = S extends Setting<infer T, infer F> ? T | (F extends null ? null : never) : never
type Values = { [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> }

/** All settings, validated. Lifetimes are in seconds; `data` is an absolute path. */
export type Config = Readonly<Values>
