import {
  afterGivingBack,
  afterTry,
  clearedCounter,
  type TakenTry,
  type TryCounter,
  type TryRule,
} from '../../core/tries.ts'
import { rowValues } from './row.ts'
import type { SqliteStatement, SqliteValue } from './database.ts'
import type { Statements } from './sql.ts'

/** What the functions need of the store's connection. */
export interface TryConnection {
  readonly statements: Statements
  write<T>(work: (statements: Statements) => T): Promise<T>
}

/** The values of a counter, in the order of its columns. */
type Values = [tries: number, blockedUntil: number, knownUntil: number, expiresAt: number]

const toValues = ({ tries, blockedUntil, knownUntil, expiresAt }: TryCounter): Values => [
  tries,
  blockedUntil,
  knownUntil,
  expiresAt,
]

function read({ readTries }: Statements, key: string): TryCounter | null {
  const row = readTries.get(key)
  if (row === undefined) return null
  const [tries, blockedUntil, knownUntil, expiresAt] = rowValues(row) as Values
  return { tries, blockedUntil, knownUntil, expiresAt }
}

/**
 * Compare-and-set. Another process may change the row between reading and writing; then it is read
 * again.
 */
function change(
  statements: Statements,
  key: string,
  next: (counter: TryCounter | null) => TryCounter | null,
): { before: TryCounter | null; after: TryCounter | null } {
  for (;;) {
    const before = read(statements, key)
    const after = next(before)
    if (after === null) return { before, after }
    const changed =
      before === null
        ? run(statements.insertTries, key, ...toValues(after))
        : run(statements.updateTries, ...toValues(after), key, ...toValues(before))
    if (changed) return { before, after }
  }
}

const run = (statement: SqliteStatement, ...values: SqliteValue[]): boolean =>
  Number(statement.run(...values).changes) > 0

export async function takeTry(
  connection: TryConnection,
  key: string,
  rule: TryRule,
  now: number,
): Promise<TakenTry> {
  const { before, after } = await connection.write((statements) =>
    change(statements, key, (counter) => afterTry(counter, rule, now)),
  )
  const { tries, blockedUntil, knownUntil } = (after ?? before)!
  return { taken: after !== null, tries, blockedUntil, knownUntil }
}

export async function giveBackTries(
  connection: TryConnection,
  key: string,
  count: number,
  blockedUntil: number,
): Promise<void> {
  await connection.write((statements) =>
    change(statements, key, (counter) => counter && afterGivingBack(counter, count, blockedUntil)),
  )
}

export async function clearTries(
  connection: TryConnection,
  key: string,
  knownUntil: number,
): Promise<void> {
  await connection.write(({ deleteTries, replaceTries }) =>
    knownUntil > 0
      ? replaceTries.run(key, ...toValues(clearedCounter(knownUntil)))
      : deleteTries.run(key),
  )
}
