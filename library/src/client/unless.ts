/** The answer, unless the signal comes first: then its reason. Detaches the one who waits; what he waits for goes on. */
export function unless<T>(signal: AbortSignal | null | undefined, answer: Promise<T>): Promise<T> {
  if (!signal) return answer
  return new Promise((resolve, reject) => {
    const detach = (): void => reject(signal.reason as Error)
    if (signal.aborted) detach()
    signal.addEventListener('abort', detach, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', detach))
  })
}
