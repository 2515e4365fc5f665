import { parseArgs } from 'node:util'
import { COMMANDS, runCommand } from './admin.ts'
import type { CommandArguments, CommandResult } from './command.ts'
import { COMMAND_OPTIONS, type OptionName } from './command-options.ts'
import { readConfig } from './config.ts'
import type { Config } from './settings.ts'
import { helpText } from './help.ts'
import { start, type RunningServer } from './main.ts'
import { StartError } from '../start-error.ts'
import { version } from '../version.ts'

/** Exit code for an error at run time. */
const FAILURE = 1
/** Exit code for invalid arguments or settings. */
const USAGE_ERROR = 2

/**
 * Milliseconds in which load balancers notice that a process is about to stop, and clients move to
 * another one.
 */
const DRAIN_TIME = 5000

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  config: { type: 'string' },
  ...COMMAND_OPTIONS,
} as const

function fail(code: number, message: string): void {
  console.error(`latchkey: ${message}`)
  process.exitCode = code
}

async function main(): Promise<void> {
  const args = parseArguments()
  if (args === null)
    return fail(USAGE_ERROR, 'unknown or missing argument. "latchkey --help" shows the usage.')
  if (args.help) return console.log(helpText())
  if (args.version) return console.log(version)
  const result = readConfig({
    env: process.env,
    file: args.config,
    envFiles: envFilesOf(process.execArgv),
  })
  if (!result.ok) return fail(USAGE_ERROR, result.message)
  const { config } = result
  if (args.command !== null) return printResult(await runCommand(config, args.command, args))
  const running = await start(config, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  })
  process.once('SIGINT', () => void running.close())
  process.once('SIGTERM', () => void running.close(DRAIN_TIME))
  await printStart(running)
}

interface Arguments extends CommandArguments {
  help?: boolean | undefined
  version?: boolean | undefined
  config?: string | undefined
  command: string | null
}

/** Returns the options and the command, or null if they are not valid. */
function parseArguments(): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args: moveDashedIds(process.argv.slice(2)),
      options: OPTIONS,
      allowPositionals: true,
    })
    const { help, version, config, ...options } = values
    const [command, name = null, ...rest] = commandWords(positionals)
    if (rest.length > 0 || !isUsage(command, name, options)) return null
    return { help, version, config, options, command, name }
  } catch {
    return null
  }
}

/** A command has one word, or two, such as "users import". */
function commandWords(words: readonly string[]): [command: string | null, ...string[]] {
  const [first = null, second, ...rest] = words
  if (second === undefined) return [first]
  const both = `${first} ${second}`
  return Object.hasOwn(COMMANDS, both) ? [both, ...rest] : [first, second, ...rest]
}

/** Returns whether a command, or null for the server, takes this name and these options. */
function isUsage(command: string | null, name: string | null, options: object): boolean {
  const given = Object.keys(options)
  if (command === null) return given.length === 0
  if (!Object.hasOwn(COMMANDS, command)) return false
  const { needsName, options: known } = COMMANDS[command]!
  return (
    !(needsName && name === null) && given.every((option) => known.includes(option as OptionName))
  )
}

/** Returns the paths of `node --env-file=<path>` and `--env-file-if-exists=<path>`. */
const envFilesOf = (nodeArguments: readonly string[]): string[] =>
  nodeArguments.flatMap((argument, index) => {
    const [, path] = /^--env-file(?:-if-exists)?(?:=(.*))?$/s.exec(argument) ?? [null, null]
    return path === null ? [] : [path ?? nodeArguments[index + 1] ?? '']
  })

/** Session ids are random and may begin with a dash. No option looks like that. */
const isDashedId = (arg: string): boolean => /^-[\w-]{21}$/.test(arg)

/** Moves session ids that begin with a dash behind `--`, so that they are not taken for options. */
function moveDashedIds(args: string[]): string[] {
  return args.includes('--')
    ? args
    : [...args.filter((arg) => !isDashedId(arg)), '--', ...args.filter(isDashedId)]
}

function printResult(result: CommandResult): void {
  if (result.ok) console.log(result.text)
  else fail(FAILURE, result.message)
}

const UNKNOWN_ADDRESSES =
  'LATCHKEY_ORIGIN is https, so there is a proxy in front, but LATCHKEY_TRUST_PROXY is 0: ' +
  'the addresses of clients are unknown, and failed sign-ins are counted by account only. Set ' +
  'LATCHKEY_TRUST_PROXY to the number of proxies that append to X-Forwarded-For.'

const SHORT_PASSWORDS =
  'LATCHKEY_PASSWORD_MIN is below 15. Short passwords are safe only beside a second factor, ' +
  'which this server does not have (NIST SP 800-63B-4, section 3.1.1.2).'

/** Characters of a password that is the only factor. */
const SINGLE_FACTOR_MIN = 15

const NOT_BUILT = 'The pages have no style because they are not built. Run: npm run build'

/** Says where the data is. Does not show the database URLs: they contain passwords. */
function describeData({ data, databaseUrl, redisUrl }: Config): string {
  const accounts =
    databaseUrl === null
      ? `Its data is in ${data}`
      : 'Its data is in the PostgreSQL database of DATABASE_URL'
  return redisUrl === null ? accounts : `${accounts}, its sessions are in the Redis of REDIS_URL`
}

function firstAccount({ url, services }: RunningServer): string {
  const { config, invitations } = services
  if (config.registration === 'closed')
    return 'There are no accounts yet, and LATCHKEY_REGISTRATION is closed.'
  const query = config.registration === 'invite' ? `?invitation=${invitations.create()}` : ''
  return `There are no accounts yet. Create the first one: ${url}/register${query}`
}

async function printStart(running: RunningServer): Promise<void> {
  const { url, port, services } = running
  const { config, users, assets, https } = services
  console.log(`Latchkey is ready: ${url}`)
  if (config.origin !== null) console.log(`It listens on port ${port} of ${config.host}`)
  console.log(describeData(config))
  if (await users.isEmpty()) console.log(firstAccount(running))
  if (https && config.trustProxy === 0) console.error(UNKNOWN_ADDRESSES)
  if (config.passwordMin < SINGLE_FACTOR_MIN) console.error(SHORT_PASSWORDS)
  if (!assets.built) console.error(NOT_BUILT)
}

main().catch((error: unknown) =>
  fail(FAILURE, error instanceof StartError ? error.message : `could not start. ${String(error)}`),
)
