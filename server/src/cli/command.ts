import type { SessionAuth } from 'latchkey'
import type { Invitations } from '../accounts/invitations.ts'
import type { Users } from '../accounts/users.ts'
import type { Data } from '../data/data.ts'
import type { Keys } from '../keys.ts'
import type { Audit } from '../sessions/audit.ts'
import type { OptionName } from './command-options.ts'
import type { Config } from './settings.ts'

/** What a command works with: the database, whether or not a server runs on it. */
export interface AdminContext {
  auth: SessionAuth
  users: Users
  audit: Audit
  invitations: Invitations
  keys: Keys
  processes: Data['processes']
  copyDatabase: Data['copyDatabase']
  findDamage: Data['findDamage']
  config: Config
  /** Writes to stderr while a command runs. */
  progress: (text: string) => void
  /** The public origin of the server. */
  origin: string
}

/** Text for stdout, or an error message. */
export type CommandResult = { ok: true; text: string } | { ok: false; message: string }

/** The argument and the options of a command. */
export interface CommandArguments {
  /** What follows the command, or null. */
  name: string | null
  options: Readonly<Partial<Record<OptionName, string | boolean>>>
}

export interface Command {
  /** The argument and options, for the help text. */
  usage: string
  help: string
  /** True if a name must follow the command. */
  needsName: boolean
  options: readonly OptionName[]
  run: (context: AdminContext, args: CommandArguments) => Promise<CommandResult>
}

export const succeed = (output: string): CommandResult => ({ ok: true, text: output })
export const fail = (message: string): CommandResult => ({ ok: false, message })
export const failNoAccount = (): CommandResult => fail('there is no account with this username.')
