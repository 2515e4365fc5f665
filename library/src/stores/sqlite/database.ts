/** What we call of a database: `DatabaseSync` of `node:sqlite` has it, and so has better-sqlite3. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
}
export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint }
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
  /** Rows as arrays cost half as much. Node has it from 22.16. */
  setReturnArrays?(enabled: boolean): void
}
export type SqliteValue = string | number | null | Uint8Array
