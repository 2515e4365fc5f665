import {
  afterGivingBack,
  afterTry,
  clearedCounter,
  isExpired,
  type TakenTry,
  type TryCounter,
  type TryRule,
} from '../core/tries.ts'

/** The counters of tries in the memory of a process. */
export class TryCounters {
  readonly #counters = new Map<string, TryCounter>()

  take(key: string, rule: TryRule, now: number): TakenTry {
    const counter = this.#counters.get(key) ?? null
    const next = afterTry(counter, rule, now)
    if (next !== null) this.#counters.set(key, next)
    const { tries, blockedUntil, knownUntil } = (next ?? counter)!
    return { taken: next !== null, tries, blockedUntil, knownUntil }
  }

  giveBack(key: string, count: number, blockedUntil: number): void {
    const counter = this.#counters.get(key)
    if (counter !== undefined)
      this.#counters.set(key, afterGivingBack(counter, count, blockedUntil))
  }

  clear(key: string, knownUntil: number): void {
    if (knownUntil > 0) this.#counters.set(key, clearedCounter(knownUntil))
    else this.#counters.delete(key)
  }

  prune(now: number, keep: number): void {
    for (const [key, counter] of this.#counters)
      if (isExpired(counter, now)) this.#counters.delete(key)
    const surplus = this.#counters.size - keep
    if (surplus <= 0) return
    const byExpiry = [...this.#counters].sort(([, a], [, b]) => a.expiresAt - b.expiresAt)
    for (const [key] of byExpiry.slice(0, surplus)) this.#counters.delete(key)
  }
}
