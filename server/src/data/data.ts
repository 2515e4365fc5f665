import type { Store } from 'latchkey'
import type { Users } from '../accounts/users.ts'
import type { Awaitable } from '../awaitable.ts'
import type { Config } from '../cli/settings.ts'
import type { Audit } from '../sessions/audit.ts'

/** Everything that the server stores. */
export interface Data {
  sessions: Store
  users: Users
  audit: Audit
  keyRegistry: KeyRegistry
  notes: Notes
  processes: Processes
  /**
   * Writes a consistent copy of the database into an empty file, while others write to it. Null if
   * the engine has its own tools for that.
   */
  copyDatabase: ((file: string) => void) | null
  /** Returns what is wrong with the file of the database, or null. */
  findDamage(): string | null
  close(): unknown
}

/** Fingerprints of the keys of all processes that share a database. */
export interface KeyRegistry {
  isEmpty(): Awaitable<boolean>
  /**
   * Returns false if the registry has fingerprints and none of these is among them.
   * Otherwise adds all of them.
   */
  register(fingerprints: string[]): Awaitable<boolean>
  /** Removes all fingerprints and adds these. */
  replace(fingerprints: string[]): Awaitable<void>
}

/** What the database notes about the processes that use it. */
export interface Notes {
  read(name: string): Awaitable<string | null>
  /** Writes the note if there is none. Returns the note. */
  writeOnce(name: string, value: string): Awaitable<string>
  replace(name: string, value: string): Awaitable<void>
}

/** A process of the server. Times are milliseconds since 1970. */
export interface ServerProcess {
  id: string
  startedAt: number
  /** The last report. */
  seenAt: number
  hasStopped: boolean
  /** The ids of its keys. The first signs. */
  keyIds: readonly string[]
}

/** Milliseconds after which a process is no longer listed. */
export const FORGET_AFTER = 24 * 60 * 60 * 1000

/** The processes of the last day. */
export interface Processes {
  report(process: ServerProcess): Awaitable<void>
  list(): Awaitable<ServerProcess[]>
}

export interface DataOptions {
  config: Config
  /** Milliseconds since 1970. */
  now: () => number
  /** False for a command: it creates neither keys nor notes. */
  create?: boolean
}
