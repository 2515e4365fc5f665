import { once } from 'node:events'
import type { Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { RunningApp } from 'latchkey/testing'

/** Listens on a free port of the loopback address. */
export async function host(server: Server): Promise<RunningApp> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  }
}

/** The origin that the contract expects CORS to allow. */
export const PAGE_ORIGIN = 'https://app.example'

/** A handler that rejects asynchronously, as one that queries a database may. */
export async function failLater(): Promise<never> {
  await Promise.resolve()
  throw new Error('the handler failed')
}

/** The message of the error that a call of `getAuth` throws. */
export function messageOf(call: () => unknown): { message: string } {
  try {
    return { message: JSON.stringify(call()) }
  } catch (error) {
    return { message: (error as TypeError).message }
  }
}
