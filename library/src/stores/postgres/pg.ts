/** The methods the store calls on a client of `pg`: a `Pool`, or a connected `Client`. */
export interface PgClient {
  query(config: {
    name?: string
    text: string
    values?: unknown[]
    rowMode?: 'array'
    query_timeout?: number
  }): Promise<{ rows: unknown[] }>
  on(event: 'error', listener: (cause: Error) => void): unknown
}
export interface PgPool extends PgClient {
  connect(): Promise<PgPoolConnection>
  on(event: string, listener: (argument: never) => void): unknown
  removeListener?(event: string, listener: (argument: never) => void): unknown
  totalCount: number
  ending?: boolean
  options?: { max?: number }
}
export interface PgPoolConnection extends PgClient {
  on(event: string, listener: (argument: never) => void): unknown
  removeAllListeners(event: string): unknown
  release(destroy?: boolean): void
  unref?(): void
}
