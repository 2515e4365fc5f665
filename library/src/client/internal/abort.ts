/**
 * Resolves as `promise` does, unless `signal` aborts first: then rejects with its reason. Only the
 * caller stops waiting; the work behind `promise` goes on.
 */
export const abortable = <T>(
  signal: AbortSignal | null | undefined,
  promise: Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal!.reason as Error)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort))
  })
