import type { DatabaseSync } from 'node:sqlite'

/** Runs one write that is on disk before it returns; the store of the sessions leaves the connection on the faster level. */
export function durably<T>(connection: DatabaseSync, write: () => T): T {
  connection.exec('PRAGMA synchronous = FULL')
  try {
    return write()
  } finally {
    connection.exec('PRAGMA synchronous = NORMAL')
  }
}
