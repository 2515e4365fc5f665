import { systemCode } from '../start-error.ts'

/** The database failed. Nothing was lost; the client may send the request again. */
export class DatabaseError extends Error {
  readonly code: string
  constructor(cause: unknown) {
    super('the database failed', { cause })
    this.name = 'DatabaseError'
    this.code = systemCode(cause)
  }
}

/**
 * Returns true for a `DatabaseError` and for errors of `node:sqlite`: locked, full, damaged or
 * closed.
 */
export function isDatabaseError(error: unknown): boolean {
  return (
    error instanceof DatabaseError ||
    ['ERR_SQLITE_ERROR', 'ERR_INVALID_STATE'].includes(systemCode(error))
  )
}

type Method = (...args: unknown[]) => unknown

/**
 * Returns an object with the same members. Each method rejects with a `DatabaseError` if it fails.
 * `subscribe` stays as it is: it is synchronous and returns a function.
 */
export function withDatabaseErrors<T extends object>(methods: T): T {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      name === 'subscribe' || typeof method !== 'function' ? method : wrapErrors(method as Method),
    ]),
  ) as T
}

const wrapErrors =
  (method: Method) =>
  async (...args: unknown[]) => {
    try {
      return await method(...args)
    } catch (cause) {
      throw new DatabaseError(cause)
    }
  }
