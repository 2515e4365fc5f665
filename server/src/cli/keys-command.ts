import { replaceKeys, type Keys } from '../key-file.ts'
import {
  isRunning,
  outdatedProcesses,
  readyTime,
  takeRotationStep,
  type RotationFacts,
} from '../key-rotation.ts'
import {
  fail,
  succeed,
  type AdminContext,
  type Command,
  type CommandArguments,
  type CommandResult,
} from './command.ts'

/** Minutes. Verifiers that follow the `Cache-Control` of the JWKS need 5, Latchkey services 10. */
const DEFAULT_CACHE_TIME = 60
const MIN_CACHE_TIME = 10
const MAX_CACHE_TIME = 7 * 24 * 60

export const keysCommand: Command = {
  usage: '',
  help: 'Lists the keys that sign and verify access tokens, and the processes that use them.',
  needsName: false,
  options: ['cache'],
  run: listKeys,
}

export const keysRotateCommand: Command = {
  usage: '[--cache <minutes>]',
  help:
    'Takes the next of three steps to a new signing key: publish, sign, retire. Refuses if it is ' +
    'too early. --cache: for how long the slowest verifier caches the public keys (60).',
  needsName: false,
  options: ['cache'],
  run: rotateKeys,
}

async function rotateKeys(context: AdminContext, args: CommandArguments): Promise<CommandResult> {
  const { config, keys } = context
  const facts = await rotationFacts(context, args)
  if (facts === null)
    return fail(`--cache must be a number of minutes from ${MIN_CACHE_TIME} to ${MAX_CACHE_TIME}.`)
  if (config.keys !== null)
    return fail(
      'the keys are in LATCHKEY_KEYS. Write its content to keys.json in a data folder, run this ' +
        'with LATCHKEY_DATA instead of LATCHKEY_KEYS, and set LATCHKEY_KEYS to the new content.',
    )
  const result = takeRotationStep(keys, facts)
  if (!result.ok) return fail(result.message)
  replaceKeys(config.data, result.keys)
  return succeed(NEXT[result.step])
}

const NEXT = {
  published:
    'A new key is in keys.json. It signs nothing yet. Restart every process of the server, one ' +
    'after the other, so that it is published. Then run this again.',
  signing:
    'The new key is the first in keys.json. Restart every process of the server, one after the ' +
    'other, so that it signs. Then run this again.',
  retired:
    'The old key is removed from keys.json. Restart every process of the server, one after the ' +
    'other. The rotation is complete.',
} as const

async function listKeys(context: AdminContext, args: CommandArguments): Promise<CommandResult> {
  if (args.name !== null) return fail('"latchkey keys" takes no name.')
  const facts = await rotationFacts(context, args)
  if (facts === null) return fail('--cache must be a number of minutes.')
  const { rotation } = context.keys
  const running = facts.processes.filter((process) => isRunning(process, facts.now))
  const outdated = rotation === undefined ? [] : outdatedProcesses(rotation, facts)
  const lines = [
    ...facts.keyIds.map((id, index) => `${id}  ${index === 0 ? 'signs' : roleOf(context.keys)}`),
    ...running.map((process) => {
      const state = outdated.includes(process) ? 'has other keys: restart it' : 'has these keys'
      return `process ${process.id}, since ${toIso(process.startedAt)}, ${state}`
    }),
    ...(rotation === undefined
      ? []
      : [`next step: not before ${toIso(readyTime(rotation, facts))}`]),
  ]
  return succeed(lines.join('\n'))
}

const roleOf = ({ rotation }: Keys): string =>
  rotation?.step === 'published' ? 'is published' : 'verifies older tokens'

/** Returns null if an option is not valid. */
async function rotationFacts(
  { auth, processes, config }: AdminContext,
  { options }: CommandArguments,
): Promise<RotationFacts | null> {
  const minutes = options.cache === undefined ? DEFAULT_CACHE_TIME : Number(options.cache)
  if (!(minutes >= MIN_CACHE_TIME && minutes <= MAX_CACHE_TIME)) return null
  return {
    keyIds: auth.jwks().keys.map(({ kid }) => kid),
    processes: await processes.list(),
    now: Date.now(),
    cacheTime: minutes * 60_000,
    accessLifetime: config.accessLifetime * 1000,
  }
}

const toIso = (at: number): string => new Date(at).toISOString()
