import { abortable } from './abort.ts'
import { dueAt, now } from './clock.ts'
import type { Context, CurrentSession } from './context.ts'
import { Replaced } from './errors.ts'
import { renew } from './refresh.ts'
import { mayHaveExpired, originOf } from './renewable-response.ts'
import { cookieDiffers, sync } from './session.ts'
import type { RefreshCause } from './state.ts'

/** A `fetch` that sends the session to own origins, and nothing to any other. */
export const createFetch =
  (context: Context, ready: Promise<unknown>): typeof fetch =>
  async (input, init = {}) => {
    // If `input` is a Request, its fields apply unless `init` overrides them.
    const request = input as Partial<Request>
    const {
      signal = request.signal,
      method = request.method ?? 'get',
      credentials = request.credentials,
    } = init
    const headers = new Headers(init.headers ?? request.headers)
    const origin = originOf(request.url ?? (input as string | URL))
    const { bearer, header, origins } = context
    // Another origin; or the caller handles authentication of this request.
    if (!origins.includes(origin) || (bearer ? headers.has(header) : credentials === 'omit'))
      return fetch(input, init)
    await abortable(signal, ready)
    const before = context.current
    if (cookieDiffers(context, before?.sessionId)) await abortable(signal, sync(context))
    throwIfReplaced(before)
    const session = context.current
    if (session) {
      const send = createSend(context, session, init, headers, origin, method)
      return sendRenewed(context, session, send, input, init.body, signal)
    }
    // After a sign-out that the server may not have received, its cookies must not be sent.
    const omitsCookies = !bearer && context.record.pendingSignOuts.length > 0
    return fetch(input, omitsCookies ? { ...init, credentials: 'omit' } : init)
  }

type Send = (input: RequestInfo | URL) => Promise<Response>

/** Makes the function that sends the request with the newest tokens of its session. */
function createSend(
  context: Context,
  session: CurrentSession,
  init: RequestInit,
  headers: Headers,
  origin: string,
  method: string,
): Send {
  const { bearer, header, scheme } = context
  const isCrossOrigin = origin !== context.pageOrigin
  // In cookie mode the header costs a cross-origin request a preflight, so reads go without it.
  const hasHeader = bearer || !isCrossOrigin || !/^(get|head)$/i.test(method)
  return async (input) => {
    const { access } = currentOf(context, session)
    if (hasHeader) headers.set(header, scheme + access)
    const response = await fetch(input, {
      ...init,
      headers,
      // Only if needed, because with `include` the cookies follow a redirect to another origin.
      ...(!bearer && isCrossOrigin && { credentials: 'include' }),
    })
    throwIfReplaced(session)
    return response
  }
}

/**
 * Renews the tokens if they are due, sends the request, and repeats it once if its token had
 * expired.
 */
async function sendRenewed(
  context: Context,
  session: CurrentSession,
  send: Send,
  input: RequestInfo | URL,
  body: RequestInit['body'],
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  const renewFor = (cause: RefreshCause): Promise<void> => abortable(signal, renew(context, cause))
  // A stream cannot be sent again, so its tokens are renewed earlier.
  const isStream = body instanceof ReadableStream
  if (dueAt(session, isStream ? 2 : 1) <= now()) {
    await renewFor('request').catch((error: unknown) => {
      // The renewal failed, but the token has not expired yet.
      if (dueAt(currentOf(context, session), 0) <= now()) throw error
    })
  }
  const { receivedAt } = currentOf(context, session)
  // The body of a Request can be read once. The copy is for the repetition.
  const copy = (input as Partial<Request>).clone?.() ?? input
  const response = await send(input)
  if (
    response.status !== 401 ||
    isStream ||
    !mayHaveExpired(response) ||
    !context.origins.includes(originOf(response.url))
  )
    return response
  // If other requests have led to new tokens meanwhile, no renewal is needed.
  if (currentOf(context, session).receivedAt === receivedAt) await renewFor('refused')
  response.body?.cancel().catch(() => {})
  return send(copy)
}

/** The session with its newest tokens. Throws SignedOut or Replaced if it is over. */
function currentOf(context: Context, { controller }: CurrentSession): CurrentSession {
  controller.signal.throwIfAborted()
  return context.current!
}

/** A request made under one session is not continued under another. */
function throwIfReplaced(session: CurrentSession | undefined): void {
  const reason: unknown = session?.controller.signal.reason
  if (reason instanceof Replaced) throw reason
}
