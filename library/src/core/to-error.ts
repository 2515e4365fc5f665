/**
 * Returns what was thrown, as an object. Frameworks take an error handler's `undefined` for "no
 * error", and would let the request pass; Express takes the text `route` for a command.
 */
export const toError = (cause: unknown, thrower: string): object =>
  typeof cause === 'object' && cause !== null
    ? cause
    : new Error(`${thrower} threw ${typeof cause === 'string' ? cause : String(cause)}`)
