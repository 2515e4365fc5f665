/**
 * Wraps a listener of the application. Errors that it throws or rejects with become a warning of
 * the process, and never reach the caller.
 */
export function catchListenerErrors<Values extends unknown[]>(
  name: string,
  listener: (...values: Values) => unknown,
): (...values: Values) => void {
  const warn = (cause: unknown) =>
    process.emitWarning(
      `${name} threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      'LatchkeyWarning',
    )
  return (...values) => {
    try {
      const result = listener(...values)
      if (result instanceof Promise) result.catch(warn)
    } catch (cause) {
      warn(cause)
    }
  }
}
