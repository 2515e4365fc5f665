import { refuse, type Reply } from '../../core/errors.ts'
import { TICKET_PARAMETER, type TicketResponse } from '../../protocol.ts'
import { NO_STORE, refusalReply } from '../replies.ts'
import type { SessionAuth } from '../auth-types.ts'
import type { RequestView } from '../request.ts'
import type { SessionOwner } from './route.ts'
import { MAX_AUDIENCE } from '../../core/session/ticket-format.ts'

/** `POST /ticket`: a ticket for one request, bound to the `audience` that the body may name. */
export async function ticketRoute(
  auth: SessionAuth,
  view: RequestView,
  { sessionId }: SessionOwner,
): Promise<Reply> {
  const body = await view.body()
  if (!body.ok) return refusalReply(body)
  const { audience } = body.value
  if (audience !== undefined && (typeof audience !== 'string' || audience.length > MAX_AUDIENCE))
    return refusalReply(refuse('request_invalid'))
  const { ticket, expiresIn } = auth.createTicket(
    sessionId,
    audience === undefined ? {} : { audience },
  )
  return {
    status: 200,
    headers: [NO_STORE],
    body: { ticket, expires_in: expiresIn } satisfies TicketResponse,
  }
}

/** The value of `?ticket=` in a request target; null if it is missing or repeated. */
export function readTicket(url: string | undefined): string | null {
  const queryStart = url?.indexOf('?') ?? -1
  if (queryStart === -1) return null
  const values = new URLSearchParams(url!.slice(queryStart)).getAll(TICKET_PARAMETER)
  return values.length === 1 ? values[0]! : null
}
