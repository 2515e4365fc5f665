import type { Session, Store } from '../../library/src/core/store.ts'

/** Who uses the store: a server process, which may be killed after so many more operations. */
export interface Life {
  /** Operations that are left; Infinity while nobody is about to kill it. */
  left: number
  /** Rejects when the process dies: nobody gets an answer from it any more. */
  died: Promise<never>
  die(): void
}

export function newLife(): Life {
  const end = new AbortController()
  const died = new Promise<never>((_resolve, reject) => {
    end.signal.addEventListener('abort', () => reject(new Error('the server died')))
  })
  died.catch(() => {})
  return { left: Number.POSITIVE_INFINITY, died, die: () => end.abort() }
}

/** An engine that can go away, and lose the rotations that a replica has missed: all through the verbs of the store, so that any store will do. */
export class BrittleEngine {
  #isAway = false
  /** Rows as the replica has them, since it stalled. */
  #stalled: Map<string, Session | null> | null = null
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  goesAway(): void {
    this.#isAway = true
  }
  comesBack(): void {
    this.#isAway = false
  }
  stalls(): void {
    this.#stalled = new Map()
  }

  /** Rows are what they were when the replica stalled. Sign-ins and ends are not lost: those were on both disks before they were answered. */
  async takesOver(): Promise<void> {
    const stalled = this.#stalled ?? new Map<string, Session | null>()
    this.#stalled = null
    for (const [id, row] of stalled) {
      const now = await this.#store.read(id)
      if (row !== null && now !== null && now.end === null) await this.#store.rotate(id, now, row)
    }
  }

  /** The store as one server process sees it. */
  seenBy(life: Life, store = this.#store): Store {
    const operate = async (
      verb: (...given: unknown[]) => unknown,
      name: string,
      given: unknown[],
    ): Promise<unknown> => {
      await this.#spend(life)
      if (name === 'rotate') await this.#note(given[0] as string)
      const answer = await verb.apply(store, given)
      await this.#spend(life)
      return answer
    }
    return new Proxy(store, {
      get: (_, name: string) => {
        const verb = store[name as keyof Store] as unknown
        if (typeof verb !== 'function' || name === 'subscribe') return verb
        return (...given: unknown[]) =>
          operate(verb as (...given: unknown[]) => unknown, name, given)
      },
    })
  }

  /** A dead process does nothing more, and hears nothing more. */
  async #spend(life: Life): Promise<void> {
    if (life.left-- <= 0) {
      life.die()
      await new Promise(() => {})
    }
    if (this.#isAway) throw new Error('the engine is away')
  }

  async #note(id: string): Promise<void> {
    if (this.#stalled === null || this.#stalled.has(id)) return
    this.#stalled.set(id, null)
    this.#stalled?.set(id, await this.#store.read(id))
  }
}
