import type { Store } from 'latchkey'
import type { Audit } from '../sessions/audit.ts'
import type { Config } from '../cli/config.ts'
import type { Counters } from '../accounts/throttle.ts'
import type { Users } from '../accounts/users.ts'
import { systemCode } from '../start-error.ts'

/** Everything that the server keeps, wherever that is. */
export interface Data {
  sessions: Store
  users: Users
  counters: Counters
  audit: Audit
  /** What the keys must fit that this process is given: those of the other processes on the same database. Null where there are none. */
  keyring: Keyring | null
  close(): unknown
}

export interface Keyring {
  isEmpty(): Promise<boolean>
  /** Notes the marks of the keys where there are none, and says whether one of them is among those that are noted. */
  admit(marks: string[]): Promise<boolean>
}

export interface DataSource {
  config: Config
  now: () => number
}

/** An engine that did not do what it was asked: nothing was lost, and another try may go well. */
export class DataError extends Error {
  readonly code: string
  constructor(cause: unknown) {
    super('the database failed', { cause })
    this.name = 'DataError'
    this.code = systemCode(cause)
  }
}

/** True for the errors of a database that is away, slow, locked, full or broken: nothing was lost, and another try may go well. */
export function isDatabaseError(error: unknown): boolean {
  return (
    error instanceof DataError ||
    ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'].includes(systemCode(error))
  )
}

type Verb = (...given: unknown[]) => unknown

/** The same verbs, of which each that fails throws a `DataError`. */
export function failingAsData<T extends object>(verbs: T): T {
  return Object.fromEntries(
    Object.entries(verbs).map(([name, verb]) => [
      name,
      name === 'subscribe' ? verb : failing(verb as Verb),
    ]),
  ) as T
}

const failing =
  (verb: Verb) =>
  async (...given: unknown[]) => {
    try {
      return await verb(...given)
    } catch (cause) {
      throw new DataError(cause)
    }
  }
