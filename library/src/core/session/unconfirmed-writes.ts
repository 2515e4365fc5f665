import type { Session } from '../store.ts'

/** Writes that are remembered at most: a database that is down for long must not fill the memory. */
const MAX_REMEMBERED = 1000
/** Milliseconds until the second look at the store; each further wait is twice as long. */
const FIRST_WAIT = 1000
/** The last look is about 17 minutes after the first. */
const MAX_LOOKS = 11

/** A write that the store may have carried out although its call failed. */
interface UnconfirmedWrite {
  /** Reads the sessions that it would have changed. */
  find(): Promise<Array<Session | null>>
  /** Whether a row shows that it was carried out. */
  isDone(row: Session): boolean
  /** Emits the event of the write. */
  tell(row: Session): void
}

/**
 * Writes whose answer was lost. This process looks whether the store has carried them out, now or
 * later, and then emits the event after all: a theft must not go unmentioned.
 */
export class UnconfirmedWrites {
  readonly #timers = new Set<NodeJS.Timeout>()
  #count = 0

  /** Runs a call of the store. If it fails, remembers the write. */
  async watch<T>(write: UnconfirmedWrite, run: () => Promise<T> | T): Promise<T> {
    try {
      return await run()
    } catch (cause) {
      if (this.#count < MAX_REMEMBERED) {
        this.#count++
        void this.#look(write, new Set(), 1)
      }
      throw cause
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  /** `told`: the ids of the sessions whose events have been emitted. */
  async #look(write: UnconfirmedWrite, told: Set<string>, looks: number): Promise<void> {
    const rows = await write.find().catch(() => null)
    for (const row of rows ?? []) {
      if (row === null || told.has(row.id) || !write.isDone(row)) continue
      told.add(row.id)
      write.tell(row)
    }
    if (looks >= MAX_LOOKS || rows?.every((row) => row === null || told.has(row.id))) {
      this.#count--
      return
    }
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        void this.#look(write, told, looks + 1)
      },
      FIRST_WAIT * 2 ** (looks - 1),
    )
    this.#timers.add(timer.unref())
  }
}
