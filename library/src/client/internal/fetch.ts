import { abortable } from './abort.ts'
import { dueAt, now } from './clock.ts'
import type { Context, CurrentSession } from './context.ts'
import { Replaced } from './errors.ts'
import { SENT } from './platform-fetch.ts'
import { renew } from './refresh.ts'
import { mayHaveExpired, originOf } from './renewable-response.ts'
import { cookieDiffers, sync } from './session.ts'

/** A `fetch` that sends the session to own origins, and nothing to any other. */
export const createFetch =
  (context: Context, ready: Promise<unknown>): typeof fetch =>
  async (input, givenInit) => {
    const init = givenInit ?? {}
    // The page has put `client.fetch` in the place of `fetch`, and the client is sending this.
    const { cookies, original } = context
    if (SENT in init) return original(input, init)
    // If `input` is a Request, its fields apply unless `init` overrides them.
    const request = input as Partial<Request>
    const {
      signal = request.signal,
      method = request.method ?? 'get',
      credentials = request.credentials,
    } = init
    const headers = new Headers(init.headers ?? request.headers)
    const origin = originOf(request.url ?? (input as string | URL))
    // Another origin; or the caller handles authentication of this request.
    if (
      !context.origins.includes(origin) ||
      (cookies ? credentials === 'omit' : headers.has(context.header))
    )
      return context.send(input, init)
    const isSafe = /^(get|head)$/i.test(method)
    const isCrossOrigin = origin !== context.pageOrigin
    const session = await currentSession(context, ready, signal, isSafe)
    // After a sign-out that the server may not have received, its cookies must not be sent.
    if (!session)
      return context.send(input, {
        ...init,
        ...(cookies && context.record.pendingSignOuts.length > 0 && { credentials: 'omit' }),
      })
    const sendNow: Send = async (repeated) => {
      const { access } = currentOf(context, session)
      // In cookie mode the header costs a cross-origin request a preflight: reads go without it.
      if (!cookies || !isCrossOrigin || !isSafe)
        headers.set(context.header, context.scheme + access)
      const response = await context.send(repeated, {
        ...init,
        headers,
        // Only if needed, because with `include` the cookies follow a redirect to another origin.
        ...(cookies && isCrossOrigin && { credentials: 'include' }),
      })
      throwIfReplaced(session)
      return response
    }
    return sendRenewed(context, session, sendNow, input, init.body, signal, isSafe && isCrossOrigin)
  }

type Send = (request: RequestInfo | URL) => Promise<Response>

/**
 * The session of a request that begins now. Throws Replaced if it has just changed; if it has just
 * begun, only for a request that changes something.
 */
export async function currentSession(
  context: Context,
  ready: Promise<unknown>,
  signal?: AbortSignal | null,
  isSafe = true,
): Promise<CurrentSession | undefined> {
  await abortable(signal, ready)
  const before = context.current
  // Nobody tells a process that another one has signed in.
  if (cookieDiffers(context, before?.sessionId) || (context.lock && !before))
    await abortable(signal, sync(context))
  throwIfReplaced(before)
  if (!isSafe && !before && context.current && context.cookies) throw new Replaced()
  return context.current
}

/**
 * Renews the tokens if they are due; `marginFactor` as for `dueAt`. If that fails, it throws only
 * if they have expired. Returns the session with its newest tokens.
 */
export async function renewIfDue(
  context: Context,
  session: CurrentSession,
  signal?: AbortSignal | null,
  marginFactor = 1,
): Promise<CurrentSession> {
  if (dueAt(session, marginFactor) <= now())
    await abortable(signal, renew(context, 'request')).catch((error: unknown) => {
      if (dueAt(currentOf(context, session), 0) <= now()) throw error
    })
  return currentOf(context, session)
}

/**
 * Renews the tokens if they are due, sends the request, and repeats it once if its token had
 * expired; `mayBeHidden` as for `mayHaveExpired`.
 */
async function sendRenewed(
  context: Context,
  session: CurrentSession,
  sendNow: Send,
  input: RequestInfo | URL,
  body: unknown,
  signal: AbortSignal | null | undefined,
  mayBeHidden: boolean,
): Promise<Response> {
  // A stream cannot be sent again, so its tokens are renewed earlier.
  const isStream = !!Object(body).getReader
  const { receivedAt } = await renewIfDue(context, session, signal, isStream ? 2 : 1)
  // The body of a Request can be read once. The copy is for the repetition.
  const copy = (input as Partial<Request>).clone?.() ?? input
  const response = await sendNow(input)
  if (
    response.status !== 401 ||
    isStream ||
    // A redirect may have led to another origin.
    (response.url && !context.origins.includes(originOf(response.url))) ||
    !mayHaveExpired(response, mayBeHidden)
  )
    return response
  // If other requests have led to new tokens meanwhile, no renewal is needed.
  if (currentOf(context, session).receivedAt === receivedAt)
    await abortable(signal, renew(context, 'refused'))
  response.body?.cancel().catch(() => {})
  return sendNow(copy)
}

/** The session with its newest tokens. Throws SignedOut or Replaced if it is over. */
function currentOf(context: Context, session: CurrentSession): CurrentSession {
  if (session.controller.error) throw session.controller.error
  return context.current!
}

/** A request made under one session is not continued under another. */
function throwIfReplaced(session: CurrentSession | undefined): void {
  const error = session?.controller.error
  if (error instanceof Replaced) throw error
}
