import type { SessionInfo } from 'latchkey'
import type { User } from '../accounts/users.ts'
import {
  fail,
  failNoAccount,
  succeed,
  type AdminContext,
  type Command,
  type CommandArguments,
  type CommandResult,
} from './command.ts'

const REASON = 'ended-by-administrator'

/** Ends sessions. If a name is both a session and an account, the administrator has to say which. */
export const endCommand: Command = {
  usage: '<session or username> | --session <session> | --account <username>',
  help: 'Ends one session, or all sessions of an account.',
  needsName: false,
  options: ['account', 'session'],
  run: endSessions,
}

async function endSessions(context: AdminContext, args: CommandArguments): Promise<CommandResult> {
  const { name } = args
  const { account, session } = args.options
  const given = [name, account, session].filter((value) => typeof value === 'string')
  if (given.length !== 1) return fail('name one session or one account.')
  if (typeof session === 'string') return endOne(context, await context.auth.explain(session))
  if (typeof account === 'string') return endAll(context, await context.users.byName(account))
  const [one, user] = await Promise.all([context.auth.explain(name!), context.users.byName(name!)])
  if (one !== null && user !== null)
    return fail(
      'this is both a session and a username. Say which: --session=<session>, or ' +
        '--account=<username>.',
    )
  if (one === null && user === null)
    return fail('there is no session with this id and no account with this username.')
  return one === null ? endAll(context, user) : endOne(context, one)
}

async function endOne(
  { auth, users }: AdminContext,
  session: SessionInfo | null,
): Promise<CommandResult> {
  if (session === null) return fail('there is no session with this id.')
  const owner = (await users.byId(session.identity))?.username ?? session.identity
  const ended = await auth.signOut(session.id, REASON)
  return succeed(ended ? `Ended 1 session of ${owner}.` : 'The session had already ended.')
}

async function endAll({ auth }: AdminContext, user: User | null): Promise<CommandResult> {
  if (user === null) return failNoAccount()
  const count = await auth.signOutEverywhere(user.id, { reason: REASON })
  return succeed(`Ended ${count} ${count === 1 ? 'session' : 'sessions'} of ${user.username}.`)
}
