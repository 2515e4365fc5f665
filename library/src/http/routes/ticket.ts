import { refuse } from '../../core/errors.ts'
import { MAX_AUDIENCE } from '../../core/session/tickets.ts'
import { TICKET_PARAMETER, type TicketResponse } from '../../protocol.ts'
import { refusalReply } from '../replies.ts'
import type { Auth } from '../auth.ts'
import type { Reply } from '../../core/errors.ts'
import type { RequestView } from '../request.ts'

/** Answers whoever is signed in with a ticket for one request, of `audience` where the body names one. */
export async function ticketRoute(
  auth: Auth,
  view: RequestView,
  sessionId: string,
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
    headers: [['Cache-Control', 'no-store']],
    body: { ticket, expires_in: expiresIn } satisfies TicketResponse,
  }
}

/** The ticket in the address of a request: the value of `?ticket=`; null where there is none, or more than one. */
export function readTicket(url: string | undefined): string | null {
  const at = url?.indexOf('?') ?? -1
  const found = at === -1 ? [] : new URLSearchParams(url!.slice(at)).getAll(TICKET_PARAMETER)
  return found.length === 1 ? found[0]! : null
}
