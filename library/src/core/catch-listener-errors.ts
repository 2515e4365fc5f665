/**
 * Calls a function of the application's that is only told: what it throws, at once or later, is a warning of the process and changes
 * nothing for whoever called us.
 */
export function catchListenerErrors<Values extends unknown[]>(
  name: string,
  told: (...values: Values) => unknown,
): (...values: Values) => void {
  const warn = (cause: unknown) =>
    process.emitWarning(
      `${name} threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      'LatchkeyWarning',
    )
  return (...values) => {
    try {
      const answer = told(...values)
      if (answer instanceof Promise) answer.catch(warn)
    } catch (cause) {
      warn(cause)
    }
  }
}
