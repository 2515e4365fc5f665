import type { Scheduler } from './scheduler.ts'

/** The computer of an owner. It can sleep, and its browser can end. */
export class Device {
  readonly #scheduler: Scheduler
  /** How many times the browser has ended. Callbacks of an earlier run are never called. */
  browserRuns = 0
  /** Callbacks that wait for the end of the sleep; null while awake. */
  #pending: Array<() => void> | null = null

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get isAsleep(): boolean {
    return this.#pending !== null
  }

  /** Runs a callback after a delay, not while asleep, and never if the browser has ended. */
  after(delay: number, run: () => void): void {
    const { browserRuns } = this
    const runIfPossible = (): void => {
      if (this.browserRuns !== browserRuns) return
      if (this.#pending === null) run()
      else this.#pending.push(runIfPossible)
    }
    this.#scheduler.after(delay, runIfPossible)
  }

  /** Sleeps, then calls `onWake` with a function that runs the callbacks that have become due. */
  sleep(duration: number, onWake: (runPending: () => void) => void): void {
    const { browserRuns } = this
    this.#pending = []
    this.#scheduler.after(duration, () => {
      const pending = this.#pending ?? []
      this.#pending = null
      if (this.browserRuns !== browserRuns) return
      onWake(() => {
        for (const run of pending) run()
      })
    })
  }

  endBrowser(): void {
    this.browserRuns++
  }
}
