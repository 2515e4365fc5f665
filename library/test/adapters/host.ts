import { once } from 'node:events'
import type { Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { HostedApp } from 'latchkey/testing'

/** Puts a server on a free port of this machine. */
export async function host(server: Server): Promise<HostedApp> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  }
}

/** What the page of the contract comes from. */
export const PAGE_ORIGIN = 'https://app.example'

/** A handler that fails late, as those that ask a database do. */
export async function fail(): Promise<never> {
  await Promise.resolve()
  throw new Error('the handler failed')
}

/** What `getAuth` says where no guard ran. */
export function messageOf(ask: () => unknown): { message: string } {
  try {
    return { message: JSON.stringify(ask()) }
  } catch (error) {
    return { message: (error as TypeError).message }
  }
}
