/** An engine that is set to lose what it has answered. By the code a program can tell it from one that cannot be reached. */
export const notDurable = (message: string): Error =>
  Object.assign(new Error(message), { code: 'ENGINE_NOT_DURABLE' })
