/**
 * The error of an engine whose settings allow it to lose writes that it has acknowledged. Its
 * `code` distinguishes it from an engine that cannot be reached.
 */
export const notDurableError = (message: string): Error =>
  Object.assign(new Error(message), { code: NOT_DURABLE })

export const NOT_DURABLE = 'ENGINE_NOT_DURABLE'
