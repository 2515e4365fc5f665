import type { Device } from 'latchkey/protocol'
import type { RecentEvent } from '../sessions/audit.ts'
import { deviceWithAddress } from '../shared/device.ts'
import { LOCALES } from '../shared/locales/index.ts'
import {
  fail,
  failNoAccount,
  succeed,
  type AdminContext,
  type Command,
  type CommandArguments,
  type CommandResult,
} from './command.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 10_000

/** Lists what happened, so that an administrator sees who is guessing. */
export const eventsCommand: Command = {
  usage: '[<username>] [--type <type>] [--limit <number>]',
  help: 'Lists the latest events, of one account or of all, such as failed sign-ins.',
  needsName: false,
  options: ['type', 'limit'],
  run: listEvents,
}

async function listEvents(
  { users, audit }: AdminContext,
  { name, options }: CommandArguments,
): Promise<CommandResult> {
  const limit = options.limit === undefined ? DEFAULT_LIMIT : Number(options.limit)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return fail(`--limit must be a number from 1 to ${MAX_LIMIT}.`)
  const user = name === null ? null : await users.byName(name)
  if (name !== null && user === null) return failNoAccount()
  const events = (await audit.recent(user?.id ?? null, MAX_LIMIT))
    .filter(({ type }) => options.type === undefined || type === options.type)
    .slice(-limit)
  const names = new Map<string, string>()
  for (const { identity } of events)
    if (identity !== null && !names.has(identity))
      names.set(identity, (await users.byId(identity))?.username ?? identity)
  return succeed(
    events.length === 0 ? 'No events.' : events.map((event) => eventLine(event, names)).join('\n'),
  )
}

function eventLine(
  { at, type, sessionId, identity, detail }: RecentEvent,
  names: ReadonlyMap<string, string>,
): string {
  const { device } = JSON.parse(detail) as { device: Device }
  const account = identity === null ? 'no such account' : names.get(identity)
  const session = sessionId === null ? '' : `, session ${sessionId}`
  const from = deviceWithAddress(device, LOCALES.en)
  return `${new Date(at).toISOString()}  ${type}  ${account}${session}, ${from}`
}
