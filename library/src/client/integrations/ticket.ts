import type { TicketResponse } from '../../protocol.ts'
import type { Client } from '../internal/types.ts'

export interface TicketOptions {
  /** Where the route is, if not at `/ticket` of this page's origin. */
  route?: string
  /** What the ticket is for, such as the path of the WebSocket: it opens nothing else. */
  audience?: string
}

/**
 * The address of a WebSocket or an EventSource with a ticket in it, which opens one connection within half a minute: those two can carry
 * nothing else. Ask again for each connection, the browser's own attempts too. Throws SignedOut, Replaced or Unreachable.
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
  // Nobody is signed in: the client itself says why.
  if (response.status === 401) await client.renew()
  if (!response.ok) throw new Error(`${route} answered ${response.status}`)
  const { ticket } = (await response.json()) as TicketResponse
  return `${address}${address.includes('?') ? '&' : '?'}ticket=${ticket}`
}
