import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isLoopback } from './setting-kinds.ts'
import { CONFIG_ENV, SETTINGS, type Config, type Setting } from './settings.ts'

export type ConfigResult = { ok: true; config: Config } | { ok: false; message: string }

/** Conditions that involve several settings, each with its error message. */
const CHECKS: ReadonlyArray<[isMet: (config: Config) => boolean, message: string]> = [
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
    'HOST is open to the network, so LATCHKEY_ORIGIN must be set to the public origin of this ' +
      'server, such as https://sign-in.example.',
  ],
  [
    (c) =>
      c.origin === null ||
      !c.origin.startsWith('http:') ||
      isLoopback(new URL(c.origin).hostname) ||
      c.dangerouslyAllowHttp,
    'LATCHKEY_ORIGIN is http://, so passwords and tokens could be intercepted. Put a TLS proxy ' +
      'in front and set its https:// origin, ' +
      'or set LATCHKEY_DANGEROUSLY_ALLOW_HTTP=true if you trust this network.',
  ],
]

export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>
  /** The path given with `--config`. */
  file?: string | undefined
}

type FileResult = { ok: true; entries: ReadonlyMap<string, string> } | Failure
type Failure = { ok: false; message: string }

const fail = (message: string): Failure => ({ ok: false, message })

/**
 * Reads the settings: the environment, then the file, then the defaults. No message quotes a value.
 */
export function readConfig({ env, file }: ConfigSources): ConfigResult {
  const known = new Set([CONFIG_ENV, ...Object.values(SETTINGS).map((entry) => entry.env)])
  const unknown = Object.keys(env).find((name) => name.startsWith('LATCHKEY_') && !known.has(name))
  if (unknown !== undefined)
    return fail(`${unknown} is not a setting. "latchkey --help" lists all settings.`)
  const fileResult = readFile(file ?? emptyAsUnset(env[CONFIG_ENV]))
  if (!fileResult.ok) return fileResult

  const values: Record<string, unknown> = {}
  for (const [name, { env: variable, kind, fallback }] of Object.entries(SETTINGS) as Array<
    [string, Setting<unknown, unknown>]
  >) {
    const fromEnv = emptyAsUnset(env[variable])
    const text = fromEnv ?? fileResult.entries.get(name)
    const value = text === undefined ? fallback : kind.read(text)
    if (value === undefined)
      return fail(`${fromEnv === undefined ? inFile(name) : variable} must be ${kind.allowed}.`)
    values[name] = value
  }
  const config = Object.freeze({ ...values, data: resolve(String(values.data)) } as Config)
  const failed = CHECKS.find(([isMet]) => !isMet(config))
  return failed === undefined ? { ok: true, config } : fail(failed[1])
}

/** Many tools pass an unset variable on as an empty one. */
const emptyAsUnset = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text

const inFile = (name: string): string => `"${name}" in the configuration file`

/** Reads the entries of the file as strings. Without a file there are none. */
function readFile(file: string | undefined): FileResult {
  if (file === undefined) return { ok: true, entries: new Map() }
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return fail(
      error instanceof SyntaxError
        ? 'The configuration file is not valid JSON.'
        : 'The configuration file cannot be read. Check its path and its permissions.',
    )
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return fail('The configuration file must contain one JSON object.')
  const entries = Object.entries(parsed)
  const unknown = entries.find(([name]) => !Object.hasOwn(SETTINGS, name))
  if (unknown !== undefined)
    return fail(`${inFile(unknown[0])} is not a setting. "latchkey --help" lists all settings.`)
  const invalid = entries.find(
    ([, value]) => !['string', 'number', 'boolean'].includes(typeof value),
  )
  if (invalid !== undefined) {
    const { kind } = SETTINGS[invalid[0] as keyof Config]
    return fail(`${inFile(invalid[0])} must be ${kind.allowed}.`)
  }
  return { ok: true, entries: new Map(entries.map(([name, value]) => [name, String(value)])) }
}

/** Returns the origin that browsers use. `port` is the port that the server listens on. */
export function publicOrigin({ origin }: Config, port: number): string {
  return origin ?? `http://localhost:${port}`
}

/**
 * Returns the origins that may send forms: the public one, and for a loopback origin its aliases.
 */
export function allowedOrigins(config: Config, port: number): string[] {
  const url = new URL(publicOrigin(config, port))
  const names =
    url.protocol === 'http:' && isLoopback(url.hostname) ? ['localhost', '127.0.0.1', '[::1]'] : []
  return [...new Set([url.origin, ...names.map((name) => url.origin.replace(url.hostname, name))])]
}
