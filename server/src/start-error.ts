/** Why the server cannot start. The message is shown to the operator and never holds a secret. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Returns the code of a system or driver error, such as `EACCES`. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error'
