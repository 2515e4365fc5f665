import type { Awaitable } from './store.ts'

/** Applies a function to a value: at once, or, if the value is a promise, when it resolves. */
export function mapAwaitable<T, R>(
  value: Awaitable<T>,
  map: (value: T) => Awaitable<R>,
): Awaitable<R> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- this is the purpose of the function
  return value instanceof Promise ? value.then(map) : map(value)
}
