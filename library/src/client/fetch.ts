import { dueAt, isExpired } from './clock.ts'
import type { Core } from './core.ts'
import { Replaced, SignedOut, Unreachable } from './errors.ts'
import type { Flight } from './flight.ts'
import type { Settings } from './options.ts'
import type { Held } from './session.ts'
import type { Why } from './state.ts'
import { unless } from './unless.ts'

type Input = RequestInfo | URL
type Send = (as: Held | null, input: Input) => Promise<Response>

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
    const renew = (why: Why): Promise<void> => unless(signal, unless(first.over.signal, flight.renew(why)))
    return underSession(first, input, init?.body instanceof ReadableStream, send, renew, core)
  }
}

type Renew = (why: Why) => Promise<void>

/** One request under the session `first`: renewed before where that is due, and after a 401 that says so, then sent once more. */
async function underSession(first: Held, input: Input, streams: boolean, send: Send, renew: Renew, core: Core) {
  const { settings, holder, subject } = core
  const now = (): Held => {
    const { held } = holder
    if (!held) throw new SignedOut(subject.state.reason ?? 'session_signed_out')
    if (held.sessionId !== first.sessionId) throw new Replaced()
    return held
  }
  // The cookies may have become another's while we waited: the last look is right before the sending.
  const current = async (): Promise<Held> => {
    await core.signingIn
    await core.lookAgain()
    return now()
  }
  const sendAs = async (as: Held, request: Input): Promise<Response> => {
    const response = await send(as, request)
    if (holder.held && holder.held.sessionId !== first.sessionId) throw new Replaced()
    return response
  }
  if (dueAt(first.receipt, streams) <= performance.now()) {
    await renew('request').catch((error: unknown) => {
      if (!(error instanceof Unreachable) || isExpired(now().receipt, performance.now())) throw error
    })
  }
  const sentAs = await current()
  // A Request gives its body once; a stream given beside it cannot be sent again at all.
  const again = input instanceof Request && !streams ? input.clone() : input
  const response = await sendAs(sentAs, input)
  if (response.status !== 401 || streams || !mayHaveExpired(response) || !isListed(response.url, settings)) return response
  // A 401 that comes late, after others have led to new tokens, needs no renewal of its own.
  if (now().version === sentAs.version) await renew('refused')
  response.body?.cancel().catch(() => {})
  return sendAs(await current(), again)
}

/** Exactly a listed origin, and nothing that the caller dressed himself. */
function isOwn(input: Input, init: RequestInit | undefined, settings: Settings): boolean {
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

function dress(input: Input, init: RequestInit | undefined, as: Held | null, { settings, record }: Core): RequestInit {
  if (settings.mode === 'cookie') {
    // After a sign-out that the server may not have heard of, its cookies are not sent any more.
    const credentials = as ? settings.credentials : record.latest.owed.length > 0 ? 'omit' : init?.credentials
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
