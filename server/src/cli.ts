#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { administer, COMMANDS, type Answer } from './cli/admin.ts'
import { readConfig, type Config } from './cli/config.ts'
import { helpText } from './cli/help.ts'
import { start, type Running } from './cli/main.ts'
import { StartError } from './start-error.ts'
import { version } from './version.ts'

/** The exit codes: the caller's mistake, and a server that cannot start. */
const MISUSE = 2
const FAILURE = 1

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  config: { type: 'string' },
} as const

const fail = (code: number, message: string): void => {
  console.error(`latchkey: ${message}`)
  process.exitCode = code
}

async function main(): Promise<void> {
  const args = readArguments()
  if (args === null)
    return fail(MISUSE, 'this argument is not known. "latchkey --help" lists all of them.')
  if (args.help) return console.log(helpText())
  if (args.version) return console.log(version)
  const outcome = readConfig({ env: process.env, file: args.config })
  if (!outcome.ok) return fail(MISUSE, outcome.message)
  const { config } = outcome
  if (args.command !== null) return printed(await administer(config, args.command, args.name))
  const running = await start(config, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void running.close())
  await greet(running)
}

type Arguments = { help?: boolean; version?: boolean; config?: string } & (
  { command: null } | { command: string; name: string }
)

/** The options, and a command with its name where one is given; null for anything else. */
function readArguments(): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args: dashedIdsLast(process.argv.slice(2)),
      options: OPTIONS,
      allowPositionals: true,
    })
    const [command, name] = positionals
    if (command === undefined) return { ...values, command: null }
    if (positionals.length > 2 || !Object.hasOwn(COMMANDS, command)) return null
    return name === undefined ? null : { ...values, command, name }
  } catch {
    return null
  }
}

/** The id of a session is random, so it may begin with a dash. No option has its form. */
const isDashedId = (arg: string): boolean => /^-[\w-]{21}$/.test(arg)

/** Behind `--` such an id is not taken for an option. */
function dashedIdsLast(args: string[]): string[] {
  return args.includes('--')
    ? args
    : [...args.filter((arg) => !isDashedId(arg)), '--', ...args.filter(isDashedId)]
}

function printed(answer: Answer): void {
  if (answer.ok) console.log(answer.text)
  else fail(FAILURE, answer.message)
}

const UNKNOWN_ADDRESSES =
  'LATCHKEY_ORIGIN is https, so a proxy stands in front, and LATCHKEY_TRUST_PROXY is 0: the addresses of clients are not known, ' +
  'and failed sign-ins are counted by account only. Set it to the number of proxies that write X-Forwarded-For.'

/** Never with an address: it holds a password. */
function placeOf({ data, databaseUrl, redisUrl }: Config): string {
  const accounts =
    databaseUrl === null
      ? `Its data is in ${data}`
      : 'Its data is in the PostgreSQL that DATABASE_URL names'
  return redisUrl === null
    ? accounts
    : `${accounts}, its sessions in the Redis that REDIS_URL names`
}

async function greet({ url, port, services }: Running): Promise<void> {
  const { config, users, assets, https } = services
  console.log(`Latchkey is ready: ${url}`)
  if (config.origin !== null) console.log(`It listens on port ${port} of ${config.host}`)
  console.log(placeOf(config))
  if (await users.isEmpty())
    console.log(`Nobody has an account yet: make the first one at ${url}/register`)
  if (https && config.trustProxy === 0) console.error(UNKNOWN_ADDRESSES)
  if (!assets.built)
    console.error(
      'The pages have not been built, so they come without style. Build them with: npm run build',
    )
}

main().catch((error: unknown) =>
  fail(FAILURE, error instanceof StartError ? error.message : `could not start. ${String(error)}`),
)
