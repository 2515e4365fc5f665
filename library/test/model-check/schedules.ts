import type { Session, Store } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'

/** Processes by name. Each does one thing, through its own view of the shared store. */
export type Processes<T> = Record<string, (store: Store) => Promise<T>>

/** One operation of the store and its result. */
export interface Operation {
  process: string
  method: string
  result: unknown
}

/** One run: the operations in their order, the result of each process, and which process died. */
export interface Run<T> {
  operations: Operation[]
  results: Map<string, T>
  died: string | null
  store: Store
}

interface Waiting {
  process: string
  /** Performs the operation. Returns its result. */
  perform(): unknown
  /** Passes the result to the process. */
  resume(result: unknown): void
}

/** A possible next step: an operation is performed, or its process dies just before or after it. */
interface Choice {
  waiting: Waiting
  outcome: 'performed' | 'dies before' | 'dies after'
}

export interface Bounds {
  /** Also let one process die, before and after each of its operations. */
  deaths: boolean
  /** The processes all do the same, so the order in which they begin does not matter. */
  alike?: boolean
}

/**
 * Runs the processes once for every order of their store operations, each time from the start, and
 * calls `check` after each run. Resolves to the number of runs.
 */
export async function runEverySchedule<T>(
  rows: readonly Session[],
  processes: Processes<T>,
  bounds: Bounds,
  check: (run: Run<T>) => Promise<void>,
): Promise<number> {
  // The choices of the previous run. The next run changes the last one that has alternatives left.
  let path: Path = []
  for (let runs = 1; ; runs++) {
    const run = await runOnce(rows, processes, bounds, path)
    await check(run)
    while (path.length > 0 && path.at(-1)!.taken === path.at(-1)!.of - 1) path.pop()
    if (path.length === 0) return runs
    path = [...path.slice(0, -1), { ...path.at(-1)!, taken: path.at(-1)!.taken + 1 }]
  }
}

type Path = Array<{ taken: number; of: number }>

async function runOnce<T>(
  rows: readonly Session[],
  processes: Processes<T>,
  bounds: Bounds,
  path: Path,
): Promise<Run<T>> {
  const store = memoryStore()
  for (const row of rows) await store.create(row)
  const run: Run<T> = { operations: [], results: new Map(), died: null, store }
  const waiting: Waiting[] = []
  for (const [name, start] of Object.entries(processes)) {
    void start(pausingStore(store, name, waiting, run.operations)).then((result) =>
      run.results.set(name, result),
    )
  }
  for (let step = 0; ; step++) {
    await allWaiting()
    if (waiting.length === 0) return run
    const choices = choicesOf(waiting, run, bounds)
    const choice = (path[step] ??= { taken: 0, of: choices.length })
    takeStep(choices[choice.taken]!, waiting, run)
  }
}

function choicesOf<T>(
  waiting: readonly Waiting[],
  { operations, died }: Run<T>,
  { deaths, alike = false }: Bounds,
): Choice[] {
  const outcomes =
    deaths && died === null
      ? (['performed', 'dies before', 'dies after'] as const)
      : (['performed'] as const)
  const begun = new Set([...operations.map(({ process }) => process), died])
  const first = waiting.find(({ process }) => !begun.has(process))
  const open = alike
    ? waiting.filter((operation) => begun.has(operation.process) || operation === first)
    : waiting
  return outcomes.flatMap((outcome) => open.map((operation) => ({ waiting: operation, outcome })))
}

function takeStep<T>({ waiting: chosen, outcome }: Choice, waiting: Waiting[], run: Run<T>): void {
  waiting.splice(waiting.indexOf(chosen), 1)
  if (outcome !== 'performed') run.died = chosen.process
  if (outcome === 'dies before') return
  const result = chosen.perform()
  if (outcome === 'performed') chosen.resume(result)
}

/** A view of a store in which every operation waits until it is chosen. */
function pausingStore(
  store: Store,
  process: string,
  waiting: Waiting[],
  operations: Operation[],
): Store {
  const pause =
    (method: keyof Store) =>
    (...values: unknown[]) =>
      new Promise((resume) => {
        const perform = (): unknown => {
          const result = (store[method] as (...values: unknown[]) => unknown)(...values)
          operations.push({ process, method, result })
          return result
        }
        waiting.push({ process, perform, resume })
      })
  const methods = (Object.keys(store) as Array<keyof Store>).filter(
    (method) => method !== 'subscribe',
  )
  // It never calls `connected`: the poll that follows is not an operation of a refresh.
  const subscribe: Store['subscribe'] = (listener) =>
    store.subscribe({ ...listener, connected() {} })
  return {
    ...store,
    ...(Object.fromEntries(methods.map((method) => [method, pause(method)])) as Partial<Store>),
    subscribe,
  }
}

/** Resolves when every process has reached its next operation or its end. */
const allWaiting = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
