/**
 * The methods the store calls on a database: `DatabaseSync` of `node:sqlite` and better-sqlite3
 * have them.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}
export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
  /** Rows as arrays, at half the cost of objects. Node has it from 22.16. */
  setReturnArrays?(enabled: boolean): void
  /** Whether integers are read as `bigint`: of `node:sqlite`, and of better-sqlite3. */
  setReadBigInts?(enabled: boolean): void
  safeIntegers?(enabled: boolean): unknown
}
export type SqliteValue = string | number | null | Uint8Array
