import type { Session, Store } from '../../src/core/store.ts'
import { memoryStore } from '../../src/stores/memory.ts'

/**
 * Processes that share a store, each with one thing to do: `start` is given the process's own view
 * of the store.
 */
export type Processes<T> = Record<string, (store: Store) => Promise<T>>

/** One operation of a store, in the order in which they happened. */
export interface Operation {
  process: string
  verb: string
  result: unknown
}

/**
 * What happened in one run: every operation, what each process answered, and which one died on the
 * way.
 */
export interface Run<T> {
  operations: Operation[]
  results: Map<string, T>
  died: string | null
  store: Store
}

interface Waiting {
  process: string
  /** Carries the operation out. */
  perform(): unknown
  /** Gives the process its answer. */
  tell(answer: unknown): void
}

/**
 * What may come next: an operation is carried out, or its process dies, before it or right after
 * it.
 */
interface Choice {
  waiting: Waiting
  end: 'answered' | 'dies before' | 'dies after'
}

export interface Bounds {
  /** Also with every death of one process, before and after each of its operations. */
  deaths: boolean
  /** The processes all do the same, so that it does not matter which of them begins first. */
  alike?: boolean
}

/**
 * Runs the processes in every order in which their store operations can happen, each time from the
 * start, and calls `check` after each run. Answers how many runs there were.
 */
export async function runEverySchedule<T>(
  rows: readonly Session[],
  processes: Processes<T>,
  bounds: Bounds,
  check: (run: Run<T>) => Promise<void>,
): Promise<number> {
  // The choices of the run before; the next run differs in the last one that has an alternative
  // left.
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
    void start(held(store, name, waiting, run.operations)).then((answer) =>
      run.results.set(name, answer),
    )
  }
  for (let step = 0; ; step++) {
    await settled()
    if (waiting.length === 0) return run
    const choices = choicesOf(waiting, run, bounds)
    const choice = (path[step] ??= { taken: 0, of: choices.length })
    carryOut(choices[choice.taken]!, waiting, run)
  }
}

function choicesOf<T>(
  waiting: readonly Waiting[],
  { operations, died }: Run<T>,
  { deaths, alike = false }: Bounds,
): Choice[] {
  const ends =
    deaths && died === null
      ? (['answered', 'dies before', 'dies after'] as const)
      : (['answered'] as const)
  const begun = new Set([...operations.map(({ process }) => process), died])
  const first = waiting.find(({ process }) => !begun.has(process))
  const open = alike ? waiting.filter((each) => begun.has(each.process) || each === first) : waiting
  return ends.flatMap((end) => open.map((each) => ({ waiting: each, end })))
}

function carryOut<T>({ waiting: chosen, end }: Choice, waiting: Waiting[], run: Run<T>): void {
  waiting.splice(waiting.indexOf(chosen), 1)
  if (end !== 'answered') run.died = chosen.process
  if (end === 'dies before') return
  const answer = chosen.perform()
  if (end === 'answered') chosen.tell(answer)
}

/** A view of a store whose every operation waits until it is chosen. */
function held(store: Store, process: string, waiting: Waiting[], operations: Operation[]): Store {
  const hold =
    (verb: keyof Store) =>
    (...values: unknown[]) =>
      new Promise((tell) => {
        const perform = (): unknown => {
          const answer = (store[verb] as (...values: unknown[]) => unknown)(...values)
          operations.push({ process, verb, result: answer })
          return answer
        }
        waiting.push({ process, perform, tell })
      })
  const verbs = (Object.keys(store) as Array<keyof Store>).filter((verb) => verb !== 'subscribe')
  // It never says that it tells of every end: the question for news that would follow is none of a
  // refresh.
  const subscribe: Store['subscribe'] = (feed) => store.subscribe({ ...feed, connected() {} })
  return {
    ...store,
    ...(Object.fromEntries(verbs.map((verb) => [verb, hold(verb)])) as Partial<Store>),
    subscribe,
  }
}

/** Every process has come to its next operation, or to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
