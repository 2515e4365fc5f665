/** SQLite returns at once, the other databases return a promise. */
export type Awaitable<T> = T | Promise<T>
