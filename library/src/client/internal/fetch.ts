import { dueAt, now } from './clock.ts'
import { Replaced } from './errors.ts'
import { differs, look } from '../look.ts'
import { renew } from './refresh.ts'
import { mayHaveExpired, originOf } from './requests.ts'
import type { RefreshCause } from './state.ts'
import type { Held, Tab } from './context.ts'
import { unless } from './abort.ts'

/** A `fetch` that gives own origins the session, and every other origin nothing at all. */
export const createFetch =
  (tab: Tab, ready: Promise<unknown>): typeof fetch =>
  async (input, init = {}) => {
    const asked = input as Partial<Request>
    const {
      signal = asked.signal,
      method = asked.method ?? 'get',
      credentials = asked.credentials,
      body,
    } = init
    const headers = new Headers(init.headers ?? asked.headers)
    const origin = originOf(asked.url ?? (input as string | URL))
    // Another origin's; or the caller has dressed the request himself.
    if (
      !tab.own.includes(origin) ||
      (tab.bearer ? headers.has(tab.header) : credentials === 'omit')
    )
      return fetch(input, init)
    await unless(signal, ready)
    const before = tab.held
    if (differs(tab, before?.sessionId)) await unless(signal, look(tab))
    const first = tab.held
    unlessReplaced(before)
    // After a sign-out that the server may not have heard of, its cookies are not sent any more.
    if (!first)
      return fetch(
        input,
        tab.kept.owed.length > 0 && !tab.bearer ? { ...init, credentials: 'omit' } : init,
      )

    const current = (): Held => (first.over.signal.throwIfAborted(), tab.held!)
    const send = async (request: RequestInfo | URL): Promise<Response> => {
      const { access } = current()
      // In cookie mode the header costs a preflight on another origin: there only what may change something carries it.
      if (tab.bearer || origin === tab.page || !/^(get|head)$/i.test(method))
        headers.set(tab.header, tab.scheme + access)
      // As little as will do: `include` follows a redirect to another origin.
      const response = await fetch(request, {
        ...init,
        headers,
        ...(!tab.bearer && origin !== tab.page && { credentials: 'include' }),
      })
      unlessReplaced(first)
      return response
    }
    const renewed = (why: RefreshCause): Promise<void> => unless(signal, renew(tab, why))

    const streams = body instanceof ReadableStream
    if (dueAt(first, streams ? 2 : 1) <= now()) {
      await renewed('request').catch((error: unknown) => {
        // A server that cannot be reached is no reason to give up what will do for a while.
        if (dueAt(current(), 0) <= now()) throw error
      })
    }
    const { receivedAt } = current()
    // A Request gives its body once; a stream given beside it cannot be sent again at all.
    const again = asked.clone?.() ?? input
    const response = await send(input)
    if (
      response.status !== 401 ||
      streams ||
      !mayHaveExpired(response) ||
      !tab.own.includes(originOf(response.url))
    )
      return response
    // A 401 that comes late, after others have led to new tokens, needs no renewal of its own.
    if (current().receivedAt === receivedAt) await renewed('refused')
    response.body?.cancel().catch(() => {})
    return send(again)
  }

/** What was done under one session is nothing to another. */
function unlessReplaced(before: Held | undefined): void {
  const why: unknown = before?.over.signal.reason
  if (why instanceof Replaced) throw why
}
