/**
 * Replaces `Date` for every library of this process: `new Date()` and `Date.now()` return `now()`.
 */
export function fakeDate(now: () => number): { restore(): void } {
  const RealDate = globalThis.Date
  class FakeDate extends RealDate {
    constructor(...args: [] | [value: number | string | Date]) {
      super(args.length === 0 ? now() : args[0])
    }
    static override now(): number {
      return now()
    }
  }
  globalThis.Date = FakeDate as DateConstructor
  return {
    restore() {
      globalThis.Date = RealDate
    },
  }
}
