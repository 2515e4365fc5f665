import { dueAt, now } from './clock.ts'
import type { Core, Held } from './core.ts'
import { Replaced, Unreachable } from './errors.ts'
import { renew } from './flight.ts'
import { differs, look } from './session.ts'
import type { Why } from './state.ts'
import { unless } from './unless.ts'

/** A `fetch` that gives own origins the session, and every other origin nothing at all. */
export function createFetch(core: Core, ready: Promise<unknown>): typeof fetch {
  const { page, origins, transport, credentials } = core
  return async (input, init = {}) => {
    const asked = input as Partial<Request>
    const { signal = asked.signal, headers = asked.headers, method = asked.method ?? 'get', body } = init
    const origin = page && originOf(asked.url ?? (input as string | URL))
    if (!origin || !origins.includes(origin) || transport.declines(headers, init.credentials ?? asked.credentials)) return fetch(input, init)
    await unless(signal, ready)
    const before = core.held
    if (differs(core, before?.sessionId ?? null)) await unless(signal, look(core))
    const first = core.held
    unlessReplaced(before)
    // After a sign-out that the server may not have heard of, its cookies are not sent any more.
    if (!first) return fetch(input, core.kept.owed.length > 0 && !transport.bearer ? { ...init, credentials: 'omit' } : init)

    const { over } = first
    const current = (): Held => (over.signal.throwIfAborted(), core.held!)
    const send = async (request: RequestInfo | URL): Promise<Response> => {
      const dressed = new Headers(headers)
      const { access } = current()
      // In cookie mode the header costs a preflight on another origin: there only what may change something carries it.
      if (transport.bearer || origin === page || !/^(get|head)$/i.test(method)) dressed.set(transport.header, transport.scheme + access)
      const response = await fetch(request, { ...init, headers: dressed, ...(!transport.bearer && { credentials }) })
      unlessReplaced(first)
      return response
    }
    const renewed = (why: Why): Promise<void> => unless(signal, unless(over.signal, renew(core, why)))

    const streams = body instanceof ReadableStream
    if (dueAt(first, streams ? 2 : 1) <= now()) {
      await renewed('request').catch((error: unknown) => {
        const { at, lifetime } = current()
        if (!(error instanceof Unreachable) || at + lifetime <= now()) throw error
      })
    }
    const { receivedAt } = current()
    // A Request gives its body once; a stream given beside it cannot be sent again at all.
    const again = asked.clone && !streams ? asked.clone() : input
    const response = await send(input)
    if (response.status !== 401 || streams || !mayHaveExpired(response) || !origins.includes(originOf(response.url))) return response
    // A 401 that comes late, after others have led to new tokens, needs no renewal of its own.
    if (current().receivedAt === receivedAt) await renewed('refused')
    response.body?.cancel().catch(() => {})
    return send(again)
  }
}

/** What was done under one session is nothing to another. */
function unlessReplaced(before: Held | undefined): void {
  const why: unknown = before?.over.signal.reason
  if (why instanceof Replaced) throw why
}

/** Not `URL.origin`: that of blob:https://api.example.com/… is https://api.example.com. */
function originOf(url: string | URL): string {
  const { protocol, host } = new URL(new Request(url).url)
  return `${protocol}//${host}`
}

/**
 * A 401 that a new access token can cure: our guard's `Bearer error="invalid_token"`, or a bare `Bearer` where the cookie had
 * expired and was not sent; or no challenge, which another origin may hide. Not a step-up, and not another scheme's.
 */
export const mayHaveExpired = ({ headers }: Response): boolean =>
  /^(?!.*\berror=(?!"?invalid_token\b)).*\bbearer\b/i.test(headers.get('www-authenticate') ?? 'bearer')
