import { SetupError } from '../../core/setup-error.ts'
import type { End, Rotation, Session } from '../../core/store.ts'
import { Batcher, limitCalls } from '../batch-calls.ts'
import type { PostgresConnection } from './client.ts'
import {
  columnArrays,
  deviceToValue,
  endToValues,
  sessionFromRow,
  sessionToValues,
  type Row,
  type Value,
} from './row.ts'
import { statementsIn, type StatementName } from './sql.ts'

const ENGINE = 'PostgreSQL'

/** Two requests in flight: one waits for the disk while calls gather for the next. */
const BATCH_LIMITS = { maxBatchSize: 500, maxInFlight: 2, maxQueued: 10_000 }
const SINGLE_LIMITS = { maxInFlight: 4, maxQueued: 1000 }

interface RotationCall {
  id: string
  from: Pick<Session, 'generation' | 'issuedAt'>
  next: Rotation
}

/** A row of input for a statement about many sessions. */
type Input = [id: string, ...values: Value[]]

/** Statements about one session each, sent in batches. */
export interface Batches {
  /** Resolves with false if the id is taken. */
  create: Batcher<Session, boolean>
  read: Batcher<string, Session | null>
  rotate: Batcher<RotationCall, boolean>
  markUsed: Batcher<{ sessionId: string; generation: number }, boolean>
  end: Batcher<{ id: string; end: End }, boolean>
}

/** The statements of the store, under limits on how many are in flight and how many wait. */
export class Queries {
  readonly #connection: PostgresConnection
  readonly #statements: ReturnType<typeof statementsIn>
  readonly #limitCalls: <R>(run: () => Promise<R>) => Promise<R>
  readonly #timeLimit: number
  readonly batches: Batches

  constructor(
    connection: PostgresConnection,
    { timeLimit, schema }: { timeLimit: number; schema: string },
  ) {
    this.#connection = connection
    this.#statements = statementsIn(schema)
    this.#timeLimit = timeLimit
    this.#limitCalls = limitCalls(ENGINE, { ...SINGLE_LIMITS, timeLimit })
    this.batches = {
      create: this.#batcher(async (sessions) => this.#create(sessions)),
      read: this.#batcher(async (ids) => this.#read(ids)),
      rotate: this.#updateBatcher('rotate', rotationInput),
      markUsed: this.#updateBatcher('markUsed', ({ sessionId, generation }) => [
        sessionId,
        generation,
      ]),
      end: this.#updateBatcher('end', ({ id, end }) => [id, ...endToValues(end)]),
    }
  }

  /** Runs a statement by itself and returns its rows. */
  async run(statement: StatementName, ...values: unknown[]): Promise<unknown[][]> {
    return this.#limitCalls(async () => this.#send(statement, values))
  }

  async #send(statement: StatementName, values: unknown[]): Promise<unknown[][]> {
    const { name, text } = this.#statements[statement]
    try {
      return await this.#connection.query(name, text, values)
    } catch (cause) {
      throw nameMistake(cause)
    }
  }

  #batcher<T, R>(send: (items: T[]) => Promise<Array<R | Error>>): Batcher<T, R> {
    return new Batcher(ENGINE, { ...BATCH_LIMITS, timeLimit: this.#timeLimit }, send, isItemError)
  }

  /**
   * Batches an UPDATE that returns the numbers of the input rows that it applied. A call resolves
   * with whether its row is one of them.
   */
  #updateBatcher<T>(statement: StatementName, toInput: (item: T) => Input): Batcher<T, boolean> {
    return this.#batcher(async (items) => {
      const inputs = items.map(toInput)
      try {
        return await this.#update(statement, inputs)
      } catch (cause) {
        if (!isLockTimeout(cause) || items.length === 1) throw cause
        return this.#updateUnlocked(statement, inputs, cause)
      }
    })
  }

  async #update(statement: StatementName, all: readonly Input[]): Promise<boolean[]> {
    const inputs = sortById(all)
    const rows = await this.#send(statement, columnArrays(inputs.map(({ input }) => input)))
    const applied = new Set(rows.map(([n]) => inputs[Number(n) - 1]!.index))
    return all.map((_, index) => applied.has(index))
  }

  /** The same without the rows that another transaction has locked, which fail with `cause`. */
  async #updateUnlocked(
    statement: StatementName,
    inputs: readonly Input[],
    cause: Error,
  ): Promise<Array<boolean | Error>> {
    const locked = await this.#lockedAmong(inputs.map(([id]) => id))
    const free = inputs.filter(([id]) => !locked.has(id))
    const applied = free.length === 0 ? [] : await this.#update(statement, free)
    const results = new Map(free.map((input, index) => [input, applied[index]!]))
    return inputs.map((input) => results.get(input) ?? cause)
  }

  /**
   * The ids of rows that another transaction has locked. The server reports that a statement has
   * failed before it gives up the locks of that statement: what is locked is looked at again.
   */
  async #lockedAmong(ids: string[]): Promise<Set<string>> {
    let locked = ids
    for (const wait of [10, 100]) {
      await new Promise((resolve) => setTimeout(resolve, wait))
      if (locked.length === 0) break
      const rows = await this.#send('locked', columnArrays(locked.map((id) => [id])))
      locked = rows.map(([id]) => String(id))
    }
    return new Set(locked)
  }

  async #create(sessions: Session[]): Promise<boolean[]> {
    const rows = await this.#send('create', columnArrays(sessions.map(sessionToValues)))
    const created = new Set(rows.map(([id]) => id))
    // If an id occurs twice in one batch, the first session was created.
    return sessions.map(({ id }) => created.delete(id))
  }

  async #read(ids: string[]): Promise<Array<Session | null>> {
    const rows = (await this.#send('read', columnArrays(ids.map((id) => [id])))) as Row[]
    const rowsById = new Map(rows.map((row) => [row[0], row]))
    // Callers that read the same session must not share an object.
    return ids.map((id) => (rowsById.has(id) ? sessionFromRow(rowsById.get(id)!) : null))
  }
}

/** SQLSTATE of mistakes that no repetition mends, and what to do. */
const MISTAKES: Record<string, string> = {
  '42P01': 'call store.migrate() once, before the first use',
  '42703': 'the schema is old: call store.migrate() with this version',
  '42501': 'the role of this connection needs SELECT, INSERT, UPDATE and DELETE on the tables',
}

function nameMistake(cause: unknown): unknown {
  const { code, message } = cause as { code?: unknown; message?: unknown }
  const advice = MISTAKES[String(code)]
  return advice === undefined
    ? cause
    : new SetupError(`postgresStore: ${String(message)}: ${advice}`, { cause })
}

/** Statements that lock the same rows must lock them in the same order, or they deadlock. */
function sortById(inputs: readonly Input[]): Array<{ input: Input; index: number }> {
  return inputs
    .map((input, index) => ({ input, index }))
    .sort((a, b) => (a.input[0] < b.input[0] ? -1 : 1))
}

const rotationInput = ({ id, from, next }: RotationCall): Input => [
  id,
  from.generation,
  from.issuedAt,
  next.generation,
  next.attempt,
  next.issuedAt,
  next.idleEndsAt,
  deviceToValue(next.device),
]

/**
 * Invalid data (SQLSTATE classes 22 and 23) and a row that stays locked (55P03) are the fault of
 * one item. A deadlock (40P01) cannot happen to a statement about one row.
 */
const isItemError = (cause: unknown): boolean => /^(?:2[23]|40P01|55P03)/.test(codeOf(cause))

const isLockTimeout = (cause: unknown): cause is Error => codeOf(cause) === '55P03'

const codeOf = (cause: unknown): string => String((cause as { code?: unknown } | null)?.code)
