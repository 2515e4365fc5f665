import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ClientStorage } from '../client/header.ts'
import { withLockFile } from './file-lock.ts'

/** Where the credential is in place of the file: the keychain of the operating system. */
export interface Keychain {
  /** Null or undefined if there is none. */
  read(): Awaited<string | null | undefined> | Promise<string | null | undefined>
  write(text: string): unknown
}

/** Permissions of the group and of others. */
const OTHERS = 0o077

/**
 * A storage for a client outside a page: one file, which all processes of one user share. It is
 * replaced atomically, is on disk before a request is sent, and has mode 0600. Beside it there are
 * two lock files for moments. With `keychain`, only the lock files are at `path`.
 *
 * Throws an Error if the file can be read or written by others, has another owner, or is not a
 * regular file: whoever has it is signed in. Creates the folder if there is none, and throws the
 * error of the system if it cannot be written.
 */
export function fileStorage(path: string, keychain: Keychain = fileAt(path)): ClientStorage {
  if (typeof path !== 'string' || !path) throw new TypeError("'path' is not a path of a file")
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Otherwise a sign-in would last as long as this process.
  accessSync(folder, constants.W_OK)
  const readAll = async (): Promise<Record<string, string>> => parsed(await keychain.read())
  return {
    getItem: async (name) => (await readAll())[name] ?? null,
    setItem: async (name, value) =>
      keychain.write(JSON.stringify({ ...(await readAll()), [name]: value })),
    lock: (kind, work, signal) => withLockFile(`${path}.${kind}.lock`, work, signal),
  }
}

/** A text that cannot be read counts as none. */
function parsed(text: string | null | undefined): Record<string, string> {
  try {
    return Object(JSON.parse(text ?? '{}')) as Record<string, string>
  } catch {
    return {}
  }
}

/** Called under the lock of the record, so there is one writer at a time. */
function fileAt(path: string): Keychain {
  check(path)
  const temporary = `${path}.tmp`
  return {
    async read() {
      if (!check(path)) return null
      // Windows has no such flag.
      const flag = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)
      return readFile(path, { encoding: 'utf8', flag })
    },
    async write(text) {
      check(path)
      // Of a process that was killed.
      await rm(temporary, { force: true })
      await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true })
      await rename(temporary, path)
      await syncFolder(dirname(path))
    },
  }
}

/** Returns false if there is no file. */
function check(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return false
  const { uid, mode } = stats
  const problem = !stats.isFile()
    ? 'is not a regular file'
    : process.platform === 'win32'
      ? undefined
      : uid !== process.getuid?.()
        ? `belongs to another user (${uid})`
        : mode & OTHERS
          ? `can be opened by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`
          : undefined
  if (problem) throw new Error(`The session file ${path} ${problem}`)
  return true
}

/** So that the new name survives a power failure. Not every system can do it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => {})
  await folder
    ?.sync()
    .catch(() => {})
    .finally(() => folder.close())
}
