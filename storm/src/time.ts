/** What is to happen at an instant. Where it asks a server, time stands still until that has answered. */
type Event = () => void | Promise<unknown>

/**
 * The storm's clock, in milliseconds since it began. Virtual: from one event to the next at once, so that days pass in seconds.
 * Real: `pace` of its seconds pass in one of ours.
 */
export class Time {
  #now = 0
  #started = 0
  readonly #tick: number
  readonly #pace: number | null
  readonly #events = new Map<number, Event[]>()
  readonly #queue = new Queue()

  constructor({ tick, pace }: { tick: number; pace: number | null }) {
    this.#tick = tick
    this.#pace = pace
  }

  get now(): number {
    return this.#pace === null || this.#started === 0
      ? this.#now
      : (performance.now() - this.#started) * this.#pace
  }

  after(delay: number, event: Event): void {
    const instant = Math.ceil((this.now + Math.max(delay, 0)) / this.#tick) * this.#tick
    const events = this.#events.get(instant)
    if (events !== undefined) return void events.push(event)
    this.#events.set(instant, [event])
    this.#queue.add(instant)
  }

  /** Lets events happen for as long as `goesOn` says. */
  async run(goesOn: () => boolean): Promise<void> {
    this.#started ||= performance.now()
    while (goesOn() && !this.#queue.isEmpty) {
      const instant = this.#queue.first
      // While it waits, something nearer may be added.
      if (this.#pace !== null && (await this.#waits(instant, this.#pace))) continue
      this.#queue.drop()
      this.#now = instant
      const events = this.#events.get(instant)!
      this.#events.delete(instant)
      const asked = events.map((event) => event()).filter((each) => each instanceof Promise)
      if (asked.length === 0) continue
      if (this.#pace === null) await Promise.all(asked)
      // Servers put work off to the end of the turn: it must come.
      await new Promise(setImmediate)
    }
  }

  /** Real time: false where an instant has come. */
  async #waits(instant: number, pace: number): Promise<boolean> {
    const early = instant - this.now
    if (early <= 0) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(early / pace, 20)))
    return true
  }
}

/** Instants, the nearest first: a binary heap. */
class Queue {
  readonly #items: number[] = []

  get isEmpty(): boolean {
    return this.#items.length === 0
  }
  get first(): number {
    return this.#items[0]!
  }

  add(instant: number): void {
    const items = this.#items
    let at = items.push(instant) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (items[above]! <= instant) break
      items[at] = items[above]!
      at = above
    }
    items[at] = instant
  }

  drop(): void {
    const items = this.#items
    const last = items.pop()!
    if (items.length === 0) return
    let at = 0
    for (;;) {
      let below = at * 2 + 1
      if (below >= items.length) break
      if (below + 1 < items.length && items[below + 1]! < items[below]!) below++
      if (items[below]! >= last) break
      items[at] = items[below]!
      at = below
    }
    items[at] = last
  }
}
