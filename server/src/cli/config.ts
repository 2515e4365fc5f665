import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { checkPrivateFile } from '../private-files.ts'
import { StartError } from '../start-error.ts'
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
  /** The paths given to Node with `--env-file`. */
  envFiles?: readonly string[]
}

type FileResult = { ok: true; entries: ReadonlyMap<string, string> } | Failure
type Failure = { ok: false; message: string }

const fail = (message: string): Failure => ({ ok: false, message })

/**
 * Reads the settings: the environment, then the file, then the defaults. No message quotes a value.
 */
export function readConfig({ env, file, envFiles = [] }: ConfigSources): ConfigResult {
  const known = new Set([CONFIG_ENV, ...Object.values(SETTINGS).map((entry) => entry.env)])
  const unknown = Object.keys(env).find((name) => name.startsWith('LATCHKEY_') && !known.has(name))
  if (unknown !== undefined)
    return fail(`${unknown} is not a setting. "latchkey --help" lists all settings.`)
  const fileResult = readFile(file ?? emptyAsUnset(env[CONFIG_ENV]))
  if (!fileResult.ok) return fileResult
  const shared = envFiles.map(envFileProblem).find((message) => message !== null)
  if (shared != null) return fail(shared)

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
  const shared = sharedFileProblem(
    file,
    entries.some(([name]) => isSecret(SETTINGS[name as keyof Config])),
  )
  if (shared !== null) return fail(shared)
  return { ok: true, entries: new Map(entries.map(([name, value]) => [name, String(value)])) }
}

const isSecret = ({ kind }: Setting<unknown, unknown>): boolean => kind.isSecret === true

/** Mode bit: every user of the machine may write. */
const OTHERS_WRITE = 0o002

/**
 * Returns why a file with settings is refused, or null: others could read its secrets, or change
 * its settings.
 */
function sharedFileProblem(file: string, hasSecrets: boolean): string | null {
  try {
    if (hasSecrets) checkPrivateFile(file)
  } catch (error) {
    if (error instanceof StartError) return error.message
    throw error
  }
  return process.platform !== 'win32' && (statSync(file).mode & OTHERS_WRITE) !== 0
    ? `Other users of this machine can write to ${file}. Fix it with: chmod o-w ${file}`
    : null
}

/** Returns why a file of environment variables is refused, or null. */
function envFileProblem(file: string): string | null {
  try {
    const variables = parseEnv(readFileSync(file, 'utf8'))
    const secrets = Object.values(SETTINGS).filter(isSecret)
    return sharedFileProblem(
      file,
      secrets.some(({ env }) => emptyAsUnset(variables[env]) !== undefined),
    )
  } catch {
    // Node has read it already, or has said why it could not.
    return null
  }
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
