/** An event. If it returns a promise, virtual time stands still until that settles. */
type Event = () => void | Promise<unknown>

/**
 * The clock of the storm, in milliseconds since its start. In virtual time it jumps from one event
 * to the next, so that days pass in seconds. In real time it runs `pace` times as fast as a real
 * clock.
 */
export class Scheduler {
  #now = 0
  #startedAt = 0
  readonly #tick: number
  readonly #pace: number | null
  readonly #events = new Map<number, Event[]>()
  readonly #instants = new MinHeap()

  constructor({ tick, pace }: { tick: number; pace: number | null }) {
    this.#tick = tick
    this.#pace = pace
  }

  get now(): number {
    return this.#pace === null || this.#startedAt === 0
      ? this.#now
      : (performance.now() - this.#startedAt) * this.#pace
  }

  /** Runs an event after a delay in milliseconds, rounded up to the next tick. */
  after(delay: number, event: Event): void {
    const instant = Math.ceil((this.now + Math.max(delay, 0)) / this.#tick) * this.#tick
    const events = this.#events.get(instant)
    if (events !== undefined) return void events.push(event)
    this.#events.set(instant, [event])
    this.#instants.add(instant)
  }

  /** Runs events in order while `condition` holds. */
  async runWhile(condition: () => boolean): Promise<void> {
    this.#startedAt ||= performance.now()
    while (condition() && !this.#instants.isEmpty) {
      const instant = this.#instants.first
      // An earlier event may be added during the wait.
      if (this.#pace !== null && (await this.#waited(instant, this.#pace))) continue
      this.#instants.removeFirst()
      this.#now = instant
      const events = this.#events.get(instant)!
      this.#events.delete(instant)
      const pending = events.map((event) => event()).filter((result) => result instanceof Promise)
      if (pending.length === 0) continue
      if (this.#pace === null) await Promise.all(pending)
      // Stores batch their work with `setImmediate`.
      await new Promise(setImmediate)
    }
  }

  /** In real time: waits a moment and returns true if the instant has not come yet. */
  async #waited(instant: number, pace: number): Promise<boolean> {
    const remaining = instant - this.now
    if (remaining <= 0) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(remaining / pace, 20)))
    return true
  }
}

/** A binary heap with the smallest number first. */
class MinHeap {
  readonly #items: number[] = []

  get isEmpty(): boolean {
    return this.#items.length === 0
  }
  get first(): number {
    return this.#items[0]!
  }

  add(value: number): void {
    const items = this.#items
    let index = items.push(value) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (items[parent]! <= value) break
      items[index] = items[parent]!
      index = parent
    }
    items[index] = value
  }

  removeFirst(): void {
    const items = this.#items
    const last = items.pop()!
    if (items.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++
      if (items[child]! >= last) break
      items[index] = items[child]!
      index = child
    }
    items[index] = last
  }
}
