/** Gives every library of this process the storm's clock: `new Date()` and `Date.now()` say what `now` says. */
export function holdDate(now: () => number): { release(): void } {
  const Real = globalThis.Date
  class Held extends Real {
    constructor(...given: [] | [value: number | string | Date]) {
      super(given.length === 0 ? now() : given[0])
    }
    static override now(): number {
      return now()
    }
  }
  globalThis.Date = Held as DateConstructor
  return {
    release() {
      globalThis.Date = Real
    },
  }
}
