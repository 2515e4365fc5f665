import type { TicketResponse } from '../../protocol.ts'
import type { Client } from '../internal/types.ts'

export type { Client } from '../internal/types.ts'

export interface TicketOptions {
  /** The ticket route. Default: `/ticket` of the page's origin. */
  route?: string
  /** What the ticket is for, such as the path of the WebSocket. It is refused for anything else. */
  audience?: string
}

/**
 * Adds a ticket to the address of a WebSocket or an EventSource, which cannot send headers. A
 * ticket opens one connection within 30 seconds, so every connection needs a new one, including the
 * browser's own reconnections. Throws SignedOut, Replaced or Unreachable, and an Error if the route
 * responds with another status.
 */
export async function withTicket(
  client: Pick<Client, 'fetch' | 'renew'>,
  address: string,
  options: TicketOptions = {},
): Promise<string> {
  const { route = '/ticket', audience } = options
  const response = await client.fetch(route, {
    method: 'POST',
    body: JSON.stringify({ audience }),
    headers: { 'content-type': 'application/json' },
  })
  // Without a session, `renew` throws the error that says why.
  if (response.status === 401) await client.renew()
  if (!response.ok) throw new Error(`${route} returned status ${response.status}`)
  const { ticket } = (await response.json()) as TicketResponse
  return `${address}${address.includes('?') ? '&' : '?'}ticket=${ticket}`
}
