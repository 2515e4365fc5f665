import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { DATABASE_FILE } from '../data/sqlite/open.ts'
import { writeKeys } from '../key-file.ts'
import { systemCode } from '../start-error.ts'
import { fail, succeed, type AdminContext, type Command, type CommandResult } from './command.ts'

/** Copies what a server on SQLite needs to start again. */
export const backupCommand: Command = {
  usage: '<new folder>',
  help: 'Copies the embedded database and the keys to a new folder, while the server runs.',
  needsName: true,
  options: [],
  run: async (context, { name }) => backUp(context, resolve(name!)),
}

async function backUp(context: AdminContext, folder: string): Promise<CommandResult> {
  const { copyDatabase, config } = context
  if (copyDatabase === null)
    return fail(
      'the accounts are in the PostgreSQL database of DATABASE_URL. Back it up with pg_dump, and ' +
        'keys.json of the data folder with it.',
    )
  if (existsSync(folder)) return fail(`${folder} exists. Name a new folder.`)
  const draft = `${folder}.part`
  try {
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft, { mode: 0o700 })
    const file = join(draft, DATABASE_FILE)
    // SQLite writes into an empty file, and so does not choose its mode.
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
    copyDatabase(file)
    sync(file)
    if (config.keys === null) writeKeys(draft, context.keys)
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    return fail(`cannot write the backup to ${folder} (${systemCode(error)}).`)
  }
  return succeed(`Backed up to ${folder}. ${whatIsMissing(context)}`)
}

function whatIsMissing({ config }: AdminContext): string {
  const redis = config.redisUrl === null ? '' : 'The sessions are in Redis and not part of it. '
  const keys = config.keys === null ? '' : 'The keys are in LATCHKEY_KEYS and not part of it. '
  return `${redis}${keys}To restore it, start the server with it as LATCHKEY_DATA.`
}

/** Makes the file durable before the backup gets its name. */
function sync(file: string): void {
  chmodSync(file, 0o600)
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
