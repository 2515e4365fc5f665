import { dueAt, isExpired } from './clock.ts'
import type { Core } from './core.ts'
import { Replaced, SignedOut, Unreachable } from './errors.ts'
import type { Flight } from './flight.ts'
import type { Settings } from './options.ts'
import type { Held } from './session.ts'
import type { Why } from './state.ts'
import { unless } from './unless.ts'

type Send = (as: Held | null, input: RequestInfo | URL) => Promise<Response>

/** A `fetch` that gives own origins the session, and every other origin nothing at all. */
export function createFetch(core: Core, flight: Flight, ready: Promise<unknown>): typeof fetch {
  const { settings, holder, lookAgain } = core
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : null)
    if (!isOwn(input, init, settings)) return fetch(input, init)
    await unless(signal, ready)
    const looking = lookAgain()
    if (looking) await unless(signal, looking)
    const send: Send = (as, request) => fetch(request, dress(request, init, as, core))
    const first = holder.held
    if (!first) return send(null, input)
    return underSession(first, input, send, init?.body instanceof ReadableStream, signal, core, flight)
  }
}

async function underSession(
  first: Held,
  input: RequestInfo | URL,
  send: Send,
  streams: boolean,
  signal: AbortSignal | null,
  { settings, holder, subject }: Core,
  flight: Flight,
): Promise<Response> {
  const now = (): Held => {
    const { held } = holder
    if (!held) throw new SignedOut(subject.state.reason ?? 'session_signed_out')
    if (held.sessionId !== first.sessionId) throw new Replaced()
    return held
  }
  const renewed = (why: Why): Promise<void> => unless(signal, unless(first.over.signal, flight.renew(why)))
  if (dueAt(first.receipt, streams) <= performance.now()) {
    await renewed('request').catch((error: unknown) => {
      if (!(error instanceof Unreachable) || isExpired(now().receipt, performance.now())) throw error
    })
  }
  const sentAs = now()
  // A Request gives its body once; a stream given beside it cannot be sent again at all.
  const again = input instanceof Request && !streams ? input.clone() : input
  const response = await send(sentAs, input)
  if (holder.held && holder.held.sessionId !== first.sessionId) throw new Replaced()
  if (response.status !== 401 || streams || !mayHaveExpired(response) || !isListed(response.url, settings)) return response
  if (now().version === sentAs.version) await renewed('refused')
  response.body?.cancel().catch(() => {})
  const second = await send(now(), again)
  if (holder.held && holder.held.sessionId !== first.sessionId) throw new Replaced()
  return second
}

/** Exactly a listed origin, and nothing that the caller dressed himself. */
function isOwn(input: RequestInfo | URL, init: RequestInit | undefined, settings: Settings): boolean {
  if (!settings.live) return false
  const asked = typeof input === 'string' || input instanceof URL ? null : input
  if (!isListed(asked?.url ?? (input as string | URL), settings)) return false
  if (settings.mode === 'cookie') return (init?.credentials ?? asked?.credentials) !== 'omit'
  return !new Headers(init?.headers ?? asked?.headers).has('authorization')
}

function isListed(url: string | URL, { origins }: Settings): boolean {
  const { protocol, host } = new URL(url, (globalThis as Partial<typeof globalThis>).document?.baseURI ?? location.href)
  // Not `origin`: that of blob:https://api.example.com/… is https://api.example.com.
  return origins.has(`${protocol}//${host}`)
}

function dress(input: RequestInfo | URL, init: RequestInit | undefined, as: Held | null, { settings, record }: Core): RequestInit {
  if (settings.mode === 'cookie') {
    // After a sign-out that the server may not have heard of, its cookies are not sent any more.
    const credentials = as ? 'include' : record.latest.owed.length > 0 ? 'omit' : init?.credentials
    return credentials ? { ...init, credentials } : { ...init }
  }
  if (!as) return { ...init }
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
  headers.set('authorization', `Bearer ${as.accessToken}`)
  return { ...init, headers }
}

/**
 * A 401 that a new access token can cure: our guard's `Bearer error="invalid_token"`, or a bare `Bearer` where the cookie had
 * expired and was not sent; or no challenge, which another origin may hide. Not a step-up, and not another scheme's.
 */
export function mayHaveExpired({ headers }: Response): boolean {
  const challenge = headers.get('www-authenticate')
  return challenge === null || (/\bbearer\b/i.test(challenge) && !/\berror=(?!"?invalid_token\b)/i.test(challenge))
}
