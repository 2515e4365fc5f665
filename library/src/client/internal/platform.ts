import { Refused } from './errors.ts'
import { refuse } from './options.ts'
import { newAttempt } from './refresh-attempts.ts'
import type { RandomSource } from './refresh-attempts.ts'
import { EMPTY_RECORD } from './shared-record.ts'
import type { Transact } from './shared-record.ts'

/** What stores texts by name: `localStorage`, `AsyncStorage`, or a few lines around a file. */
export interface ClientStorage {
  getItem(name: string): string | null | Promise<string | null>
  setItem(name: string, value: string): unknown
  /**
   * For a storage that several processes share: runs `work` while no other process runs any of this
   * kind. Rejects without running it, if `signal` aborts first.
   */
  lock?<T>(kind: LockKind, work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** Held for milliseconds while the record is changed, or for seconds while tokens are renewed. */
export type LockKind = 'record' | 'refresh'

/** For a runtime that is not a browser. Everything has a default in browsers. */
export interface PlatformOptions {
  /**
   * Where the session is stored, in place of IndexedDB. `memory`: not at all. Outside a page it
   * also says that this process belongs to one person, as a command does: without it, `signIn`
   * throws.
   */
  storage?: ClientStorage | 'memory' | undefined
  fetch?: typeof fetch | undefined
  /** For random numbers. */
  crypto?: RandomSource | undefined
}

/** What a client uses in place of the globals of a page. */
export interface Platform {
  send?: typeof fetch
  /** A transaction of IndexedDB, or of the storage that was passed. */
  transact?: Transact
  /** In place of Web Locks. */
  lock?: ClientStorage['lock']
  newAttempt?: () => string
  isInMemory?: boolean
  isPersonal?: boolean
  /** Calls `listener` whenever the application is in use again, until `signal` aborts. */
  onWake?: (listener: () => void, signal: AbortSignal) => void
  isHidden?: () => boolean
}

/** Throws a TypeError for an option that lacks a function. */
export function platformOf({ storage, fetch, crypto }: PlatformOptions): Platform {
  if (fetch && typeof fetch !== 'function') refuse('fetch', 'a function')
  if (crypto && typeof crypto.getRandomValues !== 'function') refuse('crypto', 'a source')
  if (storage && storage !== 'memory' && !isStorage(storage)) refuse('storage', 'a storage')
  return {
    // Called without `this`, which a browser's own refuses.
    ...(fetch && { send: (input, init) => fetch(input, init) }),
    ...(storage && {
      isPersonal: true,
      ...(storage === 'memory'
        ? { isInMemory: true }
        : { transact: createTransact(storage), lock: storage.lock?.bind(storage) }),
    }),
    newAttempt() {
      const source = crypto ?? (globalThis as Partial<typeof globalThis>).crypto
      if (!source?.getRandomValues)
        throw new Refused(0, 'crypto_missing', 'pass an option `crypto` with getRandomValues')
      return newAttempt(source)
    },
  }
}

const isStorage = ({ getItem, setItem }: Partial<ClientStorage>): boolean =>
  typeof getItem === 'function' && typeof setItem === 'function'

/** One change at a time. A text that cannot be read counts as none. */
function createTransact(storage: ClientStorage): Transact {
  let last: Promise<unknown> = Promise.resolve()
  return (name, change, onOpen) => {
    // A storage that fails is not replaced by memory: the tokens there would be renewed twice.
    onOpen()
    const work = async () => {
      const text = await storage.getItem(name)
      const before = { ...EMPTY_RECORD, ...parsed(text) }
      const record = change(before)
      if (record !== before) await storage.setItem(name, JSON.stringify(record))
      return record
    }
    const runLocked = () => storage.lock?.('record', work) ?? work()
    const result = last.then(runLocked, runLocked)
    last = result
    return result
  }
}

function parsed(text: string | null): object {
  try {
    return JSON.parse(text ?? '{}') as object
  } catch {
    return {}
  }
}
