import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createAuth, sessionResponse, type SessionAuth, type SessionInfo } from 'latchkey'
import type { Audit } from '../sessions/audit.ts'
import type { Config } from './config.ts'
import { openData } from '../data/open.ts'
import { LOCALES } from '../shared/locales/index.ts'
import { deviceWithAddress } from '../shared/device.ts'
import { endText, type EndedSession } from '../shared/end-text.ts'
import { eventText } from '../shared/event-text.ts'
import { StartError } from '../start-error.ts'
import type { Users } from '../accounts/users.ts'

const text = LOCALES.en

/** What an administrator's command works with: the database itself, whether or not a server is running on it. */
interface Office {
  auth: SessionAuth
  users: Users
  audit: Audit
}

/** An answer to print, or what is wrong. */
export type Answer = { ok: true; text: string } | { ok: false; message: string }

type Command = (office: Office, name: string) => Promise<Answer>

/** What `latchkey <command> <name>` can do. */
export const COMMANDS: Readonly<Record<string, { takes: string; help: string; run: Command }>> = {
  sessions: {
    takes: '<username>',
    help: 'Lists the sessions of an account, also those that ended lately, and how they ended.',
    run: listSessions,
  },
  explain: {
    takes: '<session>',
    help: 'Tells what happened to a session, and why it ended.',
    run: explainSession,
  },
  end: {
    takes: '<session or username>',
    help: 'Ends one session, or every session of an account.',
    run: endSessions,
  },
}

/** Runs a command on the database that the settings name. A server on the same database knows of an end within a second. */
export async function administer(config: Config, command: string, name: string): Promise<Answer> {
  // A mistyped folder must not be filled with new keys.
  if (config.databaseUrl === null && !existsSync(join(config.data, 'latchkey.db'))) {
    throw new StartError(
      `There is no database in ${config.data}. Set LATCHKEY_DATA to the folder of the server.`,
    )
  }
  const { data, keys } = await openData({ config, now: Date.now })
  const { sessions: store, users, audit } = data
  const recorded: unknown[] = []
  try {
    const onEvent = (
      event: Parameters<NonNullable<Parameters<typeof createAuth>[0]['onEvent']>>[0],
    ) => {
      if ('sessionId' in event) recorded.push(audit.session(event))
    }
    const auth = createAuth({ secret: keys.secrets, keys: keys.keys, store, onEvent })
    return await COMMANDS[command]!.run({ auth, users, audit }, name)
  } finally {
    await Promise.allSettled(recorded)
    await data.close()
  }
}

const UNKNOWN: Answer = {
  ok: false,
  message: 'there is no such session any more, and nobody by that name.',
}

async function listSessions({ auth, users }: Office, username: string): Promise<Answer> {
  const user = await users.byName(username)
  if (user === null) return { ok: false, message: 'nobody has that name.' }
  const sessions = await auth.sessions(user.id)
  return {
    ok: true,
    text: sessions.length === 0 ? 'No sessions.' : sessions.map(lineAbout).join('\n'),
  }
}

async function explainSession({ auth, users, audit }: Office, id: string): Promise<Answer> {
  const session = await auth.explain(id)
  if (session === null)
    return {
      ok: false,
      message:
        'there is no such session any more. "latchkey sessions <username>" lists those of an account.',
    }
  const facts = {
    Session: session.id,
    Account: (await users.byId(session.identity))?.username ?? session.identity,
    Device: deviceWithAddress(session.device, text),
    'Signed in': time(session.createdAt),
    'Last refresh': `${time(session.issuedAt)} (generation ${session.generation})`,
    ...(session.end === null
      ? { Ends: time(session.idleEndsAt) }
      : { Ended: time(session.end.at), Why: whyEnded(session) }),
  }
  const events = (await audit.of(id)).map((event) => {
    const { title, hint } = eventText(event, text, 'en')
    return `  ${event.at}  ${title} (generation ${event.generation}), ${deviceWithAddress(event.device, text)}${hint === '' ? '' : `\n    ${hint}`}`
  })
  const lines = Object.entries(facts).map(([name, fact]) => `${name}: ${fact}`)
  return {
    ok: true,
    text: [...lines, ...(events.length === 0 ? [] : ['What happened:', ...events])].join('\n'),
  }
}

async function endSessions({ auth, users }: Office, name: string): Promise<Answer> {
  const reason = 'ended-by-administrator'
  const session = await auth.explain(name)
  if (session !== null) {
    const ended = await auth.signOut(session.id, reason)
    return { ok: true, text: ended ? 'Ended 1 session.' : 'That session had ended before.' }
  }
  const user = await users.byName(name)
  if (user === null) return UNKNOWN
  const count = await auth.signOutEverywhere(user.id, { reason })
  return { ok: true, text: `Ended ${count} ${count === 1 ? 'session' : 'sessions'}.` }
}

function lineAbout(session: SessionInfo): string {
  const state =
    session.end === null
      ? `lives, last refresh ${time(session.issuedAt)}`
      : `ended ${time(session.end.at)}: ${whyEnded(session)}`
  return `${session.id}  ${deviceWithAddress(session.device, text)}, since ${time(session.createdAt)}; ${state}`
}

const whyEnded = (session: SessionInfo): string =>
  endText(sessionResponse(session, null) as EndedSession, text, 'en')

const time = (at: number): string => new Date(at).toISOString()
