import { readImportLine } from './import-line.ts'
import { nameKey } from './usernames.ts'
import type { ImportedUser, Users } from './users.ts'

/** Accounts that are created in one transaction. */
const BATCH_SIZE = 500

export interface ImportReport {
  created: number
  /** Accounts that were there before, such as those of an import that was stopped. */
  existing: number
  refused: RefusedLine[]
}

interface RefusedLine {
  /** 1 is the first line. */
  line: number
  reason: string
}

export interface ImportOptions {
  /** True: checks everything and creates nothing. */
  dryRun: boolean
  /** Milliseconds since 1970. */
  now: number
  onProgress: (lines: number) => void
}

interface Candidate {
  line: number
  user: ImportedUser
}

/**
 * Creates the accounts of a file, one JSON object a line. Can be run again with the same file: the
 * accounts that exist are left as they are.
 */
export async function importUsers(
  users: Users,
  lines: AsyncIterable<string>,
  { dryRun, now, onProgress }: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = { created: 0, existing: 0, refused: [] }
  const check = lineChecker(users, report, now)
  let batch: Candidate[] = []
  const write = async () => {
    await createAccounts(users, batch, report, dryRun)
    batch = []
  }
  let line = 0
  for await (const text of lines) {
    line++
    const user = text.trim() === '' ? null : await check(line, text)
    if (user !== null) batch.push({ line, user })
    if (batch.length === BATCH_SIZE) await write()
    if (line % (10 * BATCH_SIZE) === 0) onProgress(line)
  }
  await write()
  report.refused.sort((a, b) => a.line - b.line)
  return report
}

/** Returns a function that returns the account to create for a line, or null and reports why not. */
function lineChecker(users: Users, report: ImportReport, now: number) {
  const lineOf = new Map<string, number>()
  return async (line: number, text: string): Promise<ImportedUser | null> => {
    const refuse = (reason: string): null => {
      report.refused.push({ line, reason })
      return null
    }
    // A file from Windows may begin with a byte order mark.
    const result = readImportLine(line === 1 ? text.replace(/^\uFEFF/, '') : text, now)
    if (!result.ok) return refuse(result.reason)
    const { user, hasOwnId } = result
    for (const [member, key] of [
      ['username', `name ${nameKey(user.username)}`],
      ['id', `id ${user.id}`],
    ] as const) {
      const earlier = lineOf.get(key)
      if (earlier !== undefined)
        return refuse(`"${member}" is, or looks like, that of line ${earlier}`)
      lineOf.set(key, line)
    }
    const sameName = await users.byName(user.username)
    const sameId = hasOwnId ? await users.byId(user.id) : sameName
    if (sameName === null && sameId === null) return user
    if (sameId === null) return refuse('"username" is, or looks like, that of another account')
    if (sameId.username !== user.username || sameName?.id !== sameId.id)
      return refuse('another account has this "id", or a "username" that looks the same')
    report.existing++
    return null
  }
}

async function createAccounts(
  users: Users,
  batch: readonly Candidate[],
  report: ImportReport,
  dryRun: boolean,
): Promise<void> {
  if (batch.length === 0) return
  const created = dryRun
    ? new Set(batch.map(({ user }) => user.id))
    : await users.importAll(batch.map(({ user }) => user))
  report.created += created.size
  for (const { line, user } of batch)
    if (!created.has(user.id))
      report.refused.push({ line, reason: 'the "username" or "id" was taken during the import' })
}
