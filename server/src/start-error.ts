/** Why the server cannot start, in one sentence for whoever starts it. It never holds a secret. */
export class StartError extends Error {
  override name = 'StartError'
}

/** The code of an error of the system, such as `EACCES`, for the end of a sentence. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error'
