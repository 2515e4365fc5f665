/** Marks what the client sends, so that it knows a request that comes back to it. */
export const SENT = Symbol()

/**
 * Sends with the current `fetch` of the page, so that a mock that was installed after the client
 * was made is used.
 */
export const send: typeof fetch = (input, init) => fetch(input, { ...init, [SENT]: 1 } as object)
