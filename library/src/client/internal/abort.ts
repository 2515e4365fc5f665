/**
 * Resolves as `promise` does, unless `signal` aborts first: then rejects with its reason. Only the
 * caller stops waiting; the work behind `promise` goes on.
 */
export const abortable = <T>(
  signal: AbortSignal | null | undefined,
  promise: Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    // React Native knows no reason.
    const abort = (): void => reject((signal!.reason as Error) ?? new Error('AbortError'))
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort))
  })

/**
 * Aborts after so many milliseconds, or with `signal`. In place of `AbortSignal.timeout` and `any`,
 * which some browsers and React Native lack, and which take no fractions in Node.
 */
export function timeoutSignal(milliseconds: number, signal?: AbortSignal | null): AbortSignal {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  ;(setTimeout(abort, milliseconds) as { unref?: () => void }).unref?.()
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return controller.signal
}
