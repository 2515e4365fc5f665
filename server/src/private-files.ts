import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  type Stats,
} from 'node:fs'
import { join } from 'node:path'
import { StartError, systemCode } from './start-error.ts'

/** Windows has no owners and modes in this form; there the access list of the folder decides. */
const { getuid } = process

/** Mode bits of users other than the owner. */
const ANY_ACCESS = 0o077
const WRITE_ACCESS = 0o022

/**
 * Reads a file with secrets. Throws a `StartError` if it is a symbolic link, if it belongs to
 * another user, or if other users can access it; an `ENOENT` error if it does not exist.
 */
export function readPrivateFile(file: string): string {
  refuseLink(file)
  // Checks what is read, not what the path may mean a moment later.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    refuseShared(file, fstatSync(descriptor))
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Throws a `StartError` if other users could replace or read something in the data folder: it or
 * one of its files belongs to another user, is open to others, or is a symbolic link.
 */
export function checkDataFolder(folder: string): void {
  // The folder itself may be a link: whoever may replace it is not checked here.
  const { uid, mode } = statSync(folder)
  refuseForeignOwner(folder, uid)
  if (getuid !== undefined && (mode & WRITE_ACCESS) !== 0)
    throw new StartError(
      `Other users of this machine can write to ${folder}. Fix it with: chmod go-w ${folder}`,
    )
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (!entry.isDirectory() && isOurs(entry.name)) checkPrivateFile(join(folder, entry.name))
}

/** The keys, the database and its log files, settings, and backups of them. */
const isOurs = (name: string): boolean =>
  /^(?:keys|latchkey)|\.(?:db|sqlite|json|env|bak)(?:[.~-]|$)|backup/i.test(name)

/** Throws a `StartError` as `readPrivateFile` does. A file that does not exist passes. */
export function checkPrivateFile(file: string): void {
  try {
    refuseLink(file)
    refuseShared(file, lstatSync(file))
  } catch (error) {
    // SQLite deletes its log files while others look.
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

function refuseLink(file: string): void {
  if (lstatSync(file).isSymbolicLink())
    throw new StartError(
      `${file} is a symbolic link. It could be led elsewhere. Put the file itself there.`,
    )
}

function refuseShared(file: string, { uid, mode }: Stats): void {
  refuseForeignOwner(file, uid)
  if (getuid !== undefined && (mode & ANY_ACCESS) !== 0)
    throw new StartError(
      `Other users of this machine can read ${file}. Fix it with: chmod 600 ${file}`,
    )
}

/** Root can read and replace every file in any case. */
function refuseForeignOwner(path: string, owner: number): void {
  const user = getuid?.()
  if (user !== undefined && owner !== user && owner !== 0)
    throw new StartError(
      `${path} belongs to another user (id ${owner}). Fix it with: chown ${user} ${path}`,
    )
}
