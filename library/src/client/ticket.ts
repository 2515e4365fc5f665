import type { TicketAnswer } from '../protocol.ts'
import type { Client } from './client.ts'
import { SignedOut, Unreachable } from './errors.ts'

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
export async function withTicket({ fetch }: Pick<Client, 'fetch'>, address: string, { route = '/ticket', audience }: TicketOptions = {}): Promise<string> {
  const response = await fetch(route, { method: 'POST', body: JSON.stringify({ audience }), headers: { 'content-type': 'application/json' } })
  if (response.status === 401) throw new SignedOut('token_missing')
  if (!response.ok) throw new Unreachable(0)
  const { ticket } = (await response.json()) as TicketAnswer
  return `${address}${address.includes('?') ? '&' : '?'}ticket=${ticket}`
}
