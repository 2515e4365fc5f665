import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createAuthCore, type AuthCore } from '../../../src/core/auth.ts'
import type { AuthOptions } from '../../../src/core/options.ts'
import type { RefreshOptions, RefreshResult } from '../../../src/core/session/refresh.ts'
import type { TokenSet } from '../../../src/core/session/token-set.ts'
import type { Store } from '../../../src/core/store.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { sqliteStore } from '../../../src/stores/sqlite/store.ts'
import { NOW } from '../../../src/testing/store-cases/case.ts'
import type { SessionEvent, AuthEvent } from '../../../src/core/events.ts'

export const SECRET = 'a secret of more than thirty-two bytes'
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface Setup {
  auth: AuthCore
  store: Store
  /** The current time, in milliseconds. Tests set it. */
  clock: { now: number }
  events: AuthEvent[]
  /** Events of one type. */
  eventsOfType(type: SessionEvent['type']): SessionEvent[]
}

export function setUp(
  store: Store = memoryStore(),
  options: Partial<AuthOptions> = {},
  clock = { now: NOW },
): Setup {
  const events: AuthEvent[] = []
  const auth = createAuthCore({
    secret: SECRET,
    store,
    now: () => clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  })
  return {
    auth,
    store,
    clock,
    events,
    eventsOfType: (type) => events.filter((event) => event.type === type) as SessionEvent[],
  }
}

/** A SQLite file. Each store that `connect` returns has a connection of its own. */
export function sqliteFile(): { path: string; connect(): Store; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const path = join(folder, 'sessions.db')
  const open: DatabaseSync[] = []
  return {
    path,
    connect() {
      const database = new DatabaseSync(path, { timeout: 10_000 })
      open.push(database)
      const store = sqliteStore(database)
      store.migrate()
      return store
    },
    [Symbol.dispose]() {
      for (const database of open) database.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Pairs of stores that share their sessions, like those of two processes. */
export const STORES: Array<
  [name: string, open: () => { first: Store; second: Store; [Symbol.dispose](): void }]
> = [
  [
    'memory',
    () => {
      const store = memoryStore()
      return { first: store, second: store, [Symbol.dispose]: () => {} }
    },
  ],
  [
    'SQLite',
    () => {
      const file = sqliteFile()
      return {
        first: file.connect(),
        second: file.connect(),
        [Symbol.dispose]: () => file[Symbol.dispose](),
      }
    },
  ],
]

/** The attempts of a request. */
export const under = (attempt: string, previous: string | null = null): RefreshOptions => ({
  attempts: { attempt, previous },
})

/** The tokens of a successful refresh. Throws for a refusal. */
export function tokensIn(outcome: RefreshResult): TokenSet {
  if (!outcome.ok) throw new Error(`refused: ${outcome.code}`)
  return outcome.tokens
}

/** Resolves after the work that was deferred with `setImmediate`. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
