/** Runs one statement and returns its rows as arrays of column values. */
export type Query = (text: string, ...values: unknown[]) => Promise<unknown[][]>
