import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth, sessionResponse, type AuthEvent, type SessionInfo } from 'latchkey'
import { createInvitations } from '../accounts/invitations.ts'
import { deriveKeys } from '../keys.ts'
import { publicOrigin } from './config.ts'
import { openData } from '../data/open.ts'
import { DATABASE_FILE } from '../data/sqlite/open.ts'
import type { SessionEvent } from '../sessions/event-types.ts'
import { deviceWithAddress } from '../shared/device.ts'
import { endText, type EndedSession } from '../shared/end-text.ts'
import { eventText } from '../shared/event-text.ts'
import { LOCALES } from '../shared/locales/index.ts'
import { StartError } from '../start-error.ts'
import {
  fail,
  failNoAccount,
  succeed,
  type AdminContext,
  type Command,
  type CommandArguments,
  type CommandResult,
} from './command.ts'
import { endCommand } from './end-command.ts'
import { eventsCommand } from './events-command.ts'
import { inviteCommand } from './invite-command.ts'
import { backupCommand } from './backup-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { keysCommand, keysRotateCommand } from './keys-command.ts'
import type { Config } from './settings.ts'
import { usersImportCommand } from './users-import-command.ts'

const text = LOCALES.en

/** The commands of `latchkey <command> <name>`. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  sessions: {
    usage: '<username>',
    help: 'Lists the sessions of an account, with recent ended ones and why they ended.',
    needsName: true,
    options: [],
    run: (context, { name }) => listSessions(context, name!),
  },
  explain: {
    usage: '<session>',
    help: 'Shows what happened to a session and why it ended.',
    needsName: true,
    options: [],
    run: (context, { name }) => explainSession(context, name!),
  },
  end: endCommand,
  events: eventsCommand,
  invite: inviteCommand,
  doctor: doctorCommand,
  keys: keysCommand,
  'keys rotate': keysRotateCommand,
  backup: backupCommand,
  'users import': usersImportCommand,
}

const progress = (line: string): void => void process.stderr.write(line)

/** Runs a command. A server on the same database notices ended sessions within a second. */
export async function runCommand(
  config: Config,
  command: string,
  args: CommandArguments,
): Promise<CommandResult> {
  // Opening the data would create keys in a mistyped folder.
  if (config.databaseUrl === null && !existsSync(join(config.data, DATABASE_FILE))) {
    throw new StartError(
      `There is no database in ${config.data}. Set LATCHKEY_DATA to the data folder of the server.`,
    )
  }
  const { data, keys } = await openData({ config, now: Date.now, create: false })
  const { sessions: store, users, audit } = data
  const recordings: Array<Promise<unknown>> = []
  const onEvent = (event: AuthEvent) => {
    if ('sessionId' in event) recordings.push(audit.recordSession(event))
  }
  try {
    const auth = createAuth({ secret: keys.secrets, keys: keys.keys, store, onEvent })
    const invitations = createInvitations({
      keys: deriveKeys(keys, 'invitation'),
      store,
      now: Date.now,
    })
    const origin = publicOrigin(config, config.port)
    const { copyDatabase, findDamage, processes } = data
    const facts = { keys, processes, copyDatabase, findDamage, config, progress, origin }
    return await COMMANDS[command]!.run({ auth, users, audit, invitations, ...facts }, args)
  } finally {
    await Promise.allSettled(recordings)
    await data.close()
  }
}

/** Sessions that `latchkey sessions` lists at most. */
const MAX_LISTED = 500

async function listSessions(
  { auth, users }: AdminContext,
  username: string,
): Promise<CommandResult> {
  const user = await users.byName(username)
  if (user === null) return failNoAccount()
  const { sessions, nextCursor } = await auth.sessions(user.id, { limit: MAX_LISTED })
  if (sessions.length === 0) return succeed('No sessions.')
  const more = nextCursor === null ? [] : [`Only ${MAX_LISTED} are listed; there are more.`]
  return succeed([...sessions.map(sessionLine), ...more].join('\n'))
}

async function explainSession(
  { auth, users, audit }: AdminContext,
  id: string,
): Promise<CommandResult> {
  const session = await auth.explain(id)
  if (session === null)
    return fail(
      'there is no such session. "latchkey sessions <username>" lists those of an account.',
    )
  const username = (await users.byId(session.identity))?.username ?? session.identity
  const facts = Object.entries(sessionFacts(session, username))
  const events = (await audit.eventsOf(id)).map(eventLine)
  return succeed(
    [
      ...facts.map(([name, fact]) => `${name}: ${fact}`),
      ...(events.length === 0 ? [] : ['Events:', ...events]),
    ].join('\n'),
  )
}

const sessionFacts = (session: SessionInfo, username: string): Record<string, string> => ({
  Session: session.id,
  Account: username,
  Device: deviceWithAddress(session.device, text),
  'Signed in': toIso(session.createdAt),
  'Last refresh': `${toIso(session.issuedAt)} (generation ${session.generation})`,
  ...(session.end === null
    ? { 'Ends if idle': toIso(session.idleEndsAt) }
    : { Ended: toIso(session.end.at), Why: endReason(session) }),
})

function sessionLine(session: SessionInfo): string {
  const state =
    session.end === null
      ? `active, last refresh ${toIso(session.issuedAt)}`
      : `ended ${toIso(session.end.at)}: ${endReason(session)}`
  const device = deviceWithAddress(session.device, text)
  return `${session.id}  ${device}, since ${toIso(session.createdAt)}; ${state}`
}

function eventLine(event: SessionEvent): string {
  const { title, hint } = eventText(event, text, 'en')
  const device = deviceWithAddress(event.device, text)
  const line = `  ${event.at}  ${title} (generation ${event.generation}), ${device}`
  return hint === '' ? line : `${line}\n    ${hint}`
}

const endReason = (session: SessionInfo): string =>
  endText(sessionResponse(session, null) as EndedSession, text, 'en')

const toIso = (at: number): string => new Date(at).toISOString()
