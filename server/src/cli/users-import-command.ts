import { open } from 'node:fs/promises'
import { importUsers, type ImportReport } from '../accounts/import-users.ts'
import { systemCode } from '../start-error.ts'
import {
  fail,
  succeed,
  type AdminContext,
  type Command,
  type CommandArguments,
  type CommandResult,
} from './command.ts'

/** Creates accounts with the password hashes of another system. */
export const usersImportCommand: Command = {
  usage: '<file> [--dry-run]',
  help:
    'Creates the accounts of a file with one JSON object a line: username, password_hash, and, ' +
    'optional, id and created_at. Can be run again. --dry-run only checks the file.',
  needsName: true,
  options: ['dry-run'],
  run: importFile,
}

async function importFile(
  { users, progress }: AdminContext,
  { name, options }: CommandArguments,
): Promise<CommandResult> {
  const dryRun = options['dry-run'] === true
  try {
    await using file = await open(name!)
    const report = await importUsers(users, file.readLines(), {
      dryRun,
      now: Date.now(),
      onProgress: (lines) => progress(`${lines} lines read\n`),
    })
    const text = reportText(report, dryRun)
    return report.refused.length === 0 ? succeed(text) : fail(text)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
      return fail(`cannot read the file (${code}).`)
    throw error
  }
}

function reportText({ created, existing, refused }: ImportReport, dryRun: boolean): string {
  const counts =
    `${dryRun ? 'Would create' : 'Created'} ${accounts(created)}. ` +
    `${existing} existed already. ${refused.length} refused${refused.length === 0 ? '.' : ':'}`
  return [counts, ...refused.map(({ line, reason }) => `  line ${line}: ${reason}`)].join('\n')
}

const accounts = (count: number): string => (count === 1 ? '1 account' : `${count} accounts`)
