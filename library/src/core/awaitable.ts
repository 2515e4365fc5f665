import type { Awaitable } from './store.ts'

/** Goes on with a value, at once where it is there. */
export function mapAwaitable<T, R>(
  value: Awaitable<T>,
  next: (value: T) => Awaitable<R>,
): Awaitable<R> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- that is what it is for
  return value instanceof Promise ? value.then(next) : next(value)
}
