/** The answer, unless the signal comes first: then its reason. Detaches the one who waits; what he waits for goes on. */
export const unless = <T>(signal: AbortSignal | null | undefined, answer: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const detach = (): void => reject(signal!.reason as Error)
    if (signal?.aborted) detach()
    signal?.addEventListener('abort', detach)
    answer.then(resolve, reject).finally(() => signal?.removeEventListener('abort', detach))
  })
