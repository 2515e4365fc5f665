import { SESSION_HEADER } from '../protocol.ts'
import type { RequestView } from './request.ts'

/** Whether a request was made for another session than the one whose cookies came with it. One that names none is taken at its cookies' word. */
export function namesAnother(view: RequestView, sessionId: string | null): boolean {
  const named = view.header(SESSION_HEADER)
  return named !== undefined && named !== sessionId
}
