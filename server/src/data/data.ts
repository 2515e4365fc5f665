import type { Store } from 'latchkey'
import type { Counters } from '../accounts/throttle.ts'
import type { Users } from '../accounts/users.ts'
import type { Config } from '../cli/settings.ts'
import type { Audit } from '../sessions/audit.ts'

/** Everything that the server stores. */
export interface Data {
  sessions: Store
  users: Users
  counters: Counters
  audit: Audit
  /** Null for a database on one machine: its processes read the same key file. */
  keyRegistry: KeyRegistry | null
  close(): unknown
}

/** Fingerprints of the keys of all processes that share a database. */
export interface KeyRegistry {
  isEmpty(): Promise<boolean>
  /**
   * Returns false if the registry has fingerprints and none of these is among them.
   * Otherwise adds all of them.
   */
  register(fingerprints: string[]): Promise<boolean>
}

export interface DataOptions {
  config: Config
  /** Milliseconds since 1970. */
  now: () => number
}
