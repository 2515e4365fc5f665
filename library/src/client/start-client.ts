import { attemptHeader, begin, newAttempt } from './attempts.ts'
import { caughtUp, corrected, ended, entered } from './changes.ts'
import type { Client, SignInBody, SignInOptions, SignInResult } from './client.ts'
import { backoff, dueAt, now, pause, receiptOf, timerDelay } from './clock.ts'
import { Replaced, SignedOut, Unreachable } from './errors.ts'
import { locked } from './lock.ts'
import type { Marker } from './marker.ts'
import { refuseMisuse } from './options.ts'
import type { ClientOptions } from './options.ts'
import { createPost, NO_REPLY } from './post.ts'
import { NOTHING, transact } from './record.ts'
import type { Change, Kept } from './record.ts'
import { mayHaveExpired, originOf } from './requests.ts'
import type { Held, Message, Outcome } from './session.ts'
import { UNKNOWN } from './state.ts'
import type { Cause, ClientEvent, Listener, State, Why } from './state.ts'
import type { Transport } from './transport.ts'
import { unless } from './unless.ts'

/** Milliseconds after which storage that does not answer counts as failed. */
const PATIENCE = 3000
/** How long a cookie may take to be seen in every tab. Milliseconds. */
const COOKIE_LAG = 50
/** Milliseconds between the tries of one renewal. */
const DELAYS = [250, 750, Infinity]
/** When the last try may begin, and how long it may take: together less than other tabs wait for the lock. Milliseconds. */
const LATEST_TRY = 5000
const LONGEST_TRY = 4500
/** Milliseconds that a sign-in may take: a password is slow to check, on purpose. And a sign-out. */
const LONGEST_SIGN_IN = 30_000
const LONGEST_SIGN_OUT = 5000
/** Stands before the key of a session that is to end with all others of its person. */
const EVERYWHERE = '*'
const OTHER_TAB: Cause = { by: 'another tab' }
const mine = (why?: Why): Cause => ({ by: 'this tab', why })

/**
 * One client per page. Touches nothing on a server that renders pages: there the state stays `unknown`.
 * All that it knows are variables of this one scope, which its verbs share: an object that they pass to one another would cost every page
 * a twentieth more to load. What needs no such knowledge stands in the files beside this one.
 */
export function startClient(options: ClientOptions, transport: Transport): Client {
  const { location, document } = globalThis as Partial<typeof globalThis>
  const page = location?.origin
  const { origin: given, origins = [], paths = {}, name = 'latchkey', ...others } = options
  const { signIn: signInPath = '/login', refresh: refreshPath = '/refresh', signOut: signOutPath = '/logout' } = paths
  const server = given || page || ''
  const own = [server, ...origins]
  refuseMisuse(others, own)
  const { bearer, header, scheme } = transport
  const post = createPost(server, transport)
  /** Where the session's readable cookie can be seen from here. */
  const cookie = document && server === page ? transport.marker : undefined

  const listeners = new Set<Listener>()
  const disposed = new AbortController()
  let state = UNKNOWN
  let held: Held | undefined
  /** The record as this tab saw it last; whether there is storage for it, and whether this tab keeps it to itself. */
  let kept = NOTHING
  let opened: boolean | undefined
  let alone: boolean | undefined
  /** Sessions that ended in this tab's life, whatever the disk says yet. */
  const gone = new Set<string>()
  /** The one renewal that is under way. */
  let flight: Promise<void> | undefined
  let failures = 0
  /** Until then the sign-in server is left alone. Milliseconds on this tab's clock. */
  let quietUntil = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Where there is none, other tabs find out when they are looked at, or by a 401. */
  let channel: BroadcastChannel | undefined

  // --- What this tab knows, and tells

  /** Makes the change, if it is one, and tells every listener what happened. */
  function tell(type: ClientEvent['type'], cause: Cause, change: Partial<State> = {}): void {
    const next = Object.freeze({ ...state, ...change })
    if (JSON.stringify(next) !== JSON.stringify(state)) state = next
    for (const listener of listeners) {
      // A listener that throws is the page's affair: it must not stop the others, nor us.
      try {
        listener(state, { ...cause, type, reason: change.reason ?? undefined })
      } catch (error) {
        reportError(error)
      }
    }
    schedule()
  }

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel takes none: it reaches its own origin only
  const tellTabs = (message: Message): void => channel?.postMessage(message)

  /**
   * Reads and writes the record. Rejects where that could not be done; `anyhow`: then from now on this tab keeps the record to itself, in
   * memory, as it does where there is no storage at all.
   * Cookie mode can go on so, the tokens are elsewhere. In header mode a copy would go on with a refresh token that other tabs replace.
   */
  async function persist(change: Change = (record) => record, anyhow = false): Promise<Kept> {
    try {
      if (!alone) return (kept = await unless(AbortSignal.timeout(PATIENCE), transact(name, change, () => (opened = true))))
    } catch (error) {
      if (bearer && opened && !anyhow) throw error
      alone = true
    }
    return (kept = change(kept))
  }

  const isOver = (sessionId: string): boolean => gone.has(sessionId) || kept.ended.includes(sessionId)

  /** Another session's cookies than one believes in, or none. */
  const differs = (sessionId?: string): boolean => !!cookie && cookie.read().sessionId !== sessionId

  /** Reads the record and the cookie again. `just`: because another tab said this moment that it wrote there. Never rejects. */
  async function look(cause = OTHER_TAB, just = false): Promise<void> {
    try {
      if (differs((await persist()).sessionId)) {
        await pause(COOKIE_LAG)
        await persist()
      }
    } catch {
      // Storage did not answer: what was known stands.
    }
    const marker = cookie?.read()
    take(cause, just, marker)
    // A cookie that came back after its session was over.
    if (marker?.sessionId && isOver(marker.sessionId)) sendAway(marker.sessionId)
  }

  /**
   * Makes the record and the cookie into what this tab holds, and tells the listeners what that means.
   * `just`: what is new came this moment, so that the wall clock need not be asked how old it is.
   */
  function take(cause: Cause, just = false, marker?: Marker): void {
    const before = held
    const { reachable } = state
    const seen = corrected(kept, marker, isOver)
    const { sessionId, generation, receivedAt } = seen
    if (!sessionId) return drop(seen.reason, cause)
    const same = before?.sessionId === sessionId
    if (same && before.generation === generation && before.receivedAt === receivedAt) return
    held = { ...seen, sessionId, ...receiptOf(seen, just), over: same ? before.over : new AbortController() }
    failures = quietUntil = 0
    if (!same) before?.over.abort(new Replaced())
    tell(same ? 'renewed' : before ? 'replaced' : 'signed-in', cause, { ...UNKNOWN, status: 'signed-in', sessionId, generation })
    if (!reachable) tell('reachable', cause)
  }

  /** What this tab was given and has kept. Not by the cookie: what came with the answer is surer, and the cookie may lag. */
  function arrive(cause: Cause): void {
    take(cause, true)
    tellTabs({ about: 'record' })
  }

  /** Ends a session here and now, and in the other tabs unless one of them has said so. */
  function end(sessionId: string, reason: string, cause: Cause): void {
    gone.add(sessionId)
    if (cause !== OTHER_TAB) tellTabs({ about: 'end', sessionId, reason })
    if (held?.sessionId === sessionId) drop(reason, cause)
  }

  function drop(reason: string | undefined, cause: Cause): void {
    if (state.status === 'signed-out') return
    held?.over.abort(new SignedOut(reason))
    held = undefined
    tell('signed-out', cause, { ...UNKNOWN, status: 'signed-out', reason: reason ?? null })
  }

  // --- Renewal

  /** Rejects with SignedOut, Replaced or Unreachable. However many ask, one is under way. */
  const renew = (why: Why): Promise<void> =>
    (flight ??= fly(why).finally(() => {
      flight = undefined
      schedule()
    }))

  async function fly(why: Why): Promise<void> {
    const session = held
    if (!session) throw state === UNKNOWN ? new Unreachable(0) : new SignedOut(kept.reason)
    // Storage may fail. The attempt is on disk or was never sent: asking again gives the same tokens.
    const renewal = locked(name, () => exchange(session, why)).catch(() => failed(0)).then((conclude) => conclude())
    // What comes after the session's end is still concluded, but nobody waits for it.
    await unless(session.over.signal, renewal)
  }

  /** The whole of what happens under the lock: read again, keep the attempt, ask, keep the answer. */
  async function exchange(session: Held, why: Why): Promise<Outcome> {
    const { sessionId, over: { signal } } = session
    /** The session was over or replaced meanwhile. `landed`: its cookies may have come back all the same; `look` sees that where it can. */
    const changed = (landed?: boolean): Outcome => async () => {
      await look()
      if (landed && !cookie && !bearer) sendAway(sessionId)
      signal.throwIfAborted()
      throw new Replaced()
    }
    const latest = now() + LATEST_TRY
    const marker = cookie?.read()
    let newer = false
    const begun = await persist((read) => {
      const record = marker?.sessionId === sessionId ? caughtUp(read, marker) : read
      // Another tab has renewed since, and what it got will last.
      newer = record.receivedAt !== session.receivedAt && dueAt(receiptOf(record)) > now()
      return newer || record.sessionId !== sessionId ? record : begin(record, newAttempt)
    })
    if (begun.sessionId !== sessionId) return changed()
    if (newer) return () => take({ ...OTHER_TAB, why })
    // Only now: what the tab before this one met under the lock has been heard of.
    const quiet = why === 'asked' ? 0 : quietUntil - now()
    if (quiet > 0) return () => { throw new Unreachable(quiet) }

    let reply = NO_REPLY
    // A server that has failed for a while is asked once.
    for (const delay of failures > 0 ? [Infinity] : DELAYS) {
      // The page slept: the attempt is stale, and the cookie may be another tab's by now. Together they would look like a theft.
      if (now() > latest) break
      reply = await post(refreshPath, begun.refresh, {}, LONGEST_TRY, { headers: { 'refresh-attempt': attemptHeader(begun) }, signal })
      const wait = Math.max(reply.wait, delay * (0.75 + Math.random() / 2))
      if (reply.tokens || reply.code || signal.aborted || now() + wait > latest) break
      await pause(wait)
    }
    const { tokens, code } = reply
    // Given up in the middle: whether its cookies were kept all the same, nobody knows.
    if (!tokens && !code) return signal.aborted ? changed(true) : failed(reply.wait)
    const record = await persist((read) => {
      if (read.sessionId !== sessionId) return read
      // The cookies may turn out to be those of another session, so that is the one there is.
      return tokens ? entered(read, tokens, begun.generation) : ended(read, sessionId, code)
    }, !!code)
    if (record.sessionId !== tokens?.sessionId) return changed(!!tokens)
    return () => (code ? end(sessionId, code, mine(why)) : arrive(mine(why)))
  }

  /** There was no sensible answer; it may have `asked` for some milliseconds itself. The other tabs are told before the lock is given back. */
  function failed(asked: number): Outcome {
    const wait = backoff(failures++, asked, Math.random())
    tellTabs({ about: 'server', wait })
    return () => {
      leaveAlone(wait, mine())
      throw new Unreachable(wait)
    }
  }

  function leaveAlone(wait: number, cause: Cause): void {
    quietUntil = now() + wait
    if (state.reachable) tell('unreachable', cause, { reachable: false })
    schedule()
  }

  /** One timer, in a visible tab only: shortly before the token expires, or for the next try. */
  function schedule(): void {
    clearTimeout(timer)
    if (disposed.signal.aborted || flight || !held || document?.hidden) return
    const at = Math.max(quietUntil, state.reachable ? dueAt(held) : 0)
    timer = setTimeout(() => (at <= now() ? renew('timer').catch(() => {}) : schedule()), timerDelay(at))
  }

  // --- Sign-in and sign-out

  /**
   * Under the lock, so that the answer to a refresh of the session before cannot land on the new session's cookies.
   * Once the server has answered, the sign-in is kept even if the caller has turned away.
   */
  async function signIn(form: SignInBody, { path = signInPath, signal }: SignInOptions = {}): Promise<SignInResult> {
    await ready
    const content = { ...(Symbol.iterator in form ? Object.fromEntries(form) : form), ...(!bearer && { mode: 'cookie' }) }
    const enter = async (): Promise<Outcome<SignInResult>> => {
      const { status, body, wait, tokens } = await post(path, undefined, content, LONGEST_SIGN_IN, { signal: signal ?? null })
      // In cookie mode the server ended the session before; in header mode it is still to be told.
      // No other tab knows the new session: one that cannot be kept on disk can live in this tab.
      if (tokens) await persist((read) => entered(read, tokens, read.generation, bearer ? read.refresh : undefined), true)
      return () => {
        if (tokens) {
          arrive(mine('asked'))
          return { ok: true }
        }
        // No answer, or 200 and not our server's words: a page that a network put in between.
        if (status < 400) throw new Unreachable(wait)
        return { ok: false, status, code: String(body.error ?? 'unreadable'), message: String(body.message ?? '') }
      }
    }
    // Debts first: once the cookies are another's, the server cannot be told any more.
    const entering = settleDebts().then(() => locked(name, enter))
    return unless(signal, entering.then((conclude) => conclude()))
  }

  /**
   * First here and in the other tabs, then on the disk and at the server, both begun at once: the page may be about to go.
   * What the server could not be told now, it is told later. Never rejects.
   */
  async function signOut({ everywhere = false } = {}): Promise<void> {
    await ready
    if (!held) return settleDebts()
    const { sessionId, refresh } = held
    const reason = 'session_signed_out'
    const debt = `${everywhere ? EVERYWHERE : ''}${refresh}`
    cookie?.erase()
    end(sessionId, reason, mine('asked'))
    const noted = persist((read) => ended(read, sessionId, reason, debt), true)
    await pay(debt, noted).catch(() => {})
  }

  /**
   * Tells the server of a sign-out, and forgets it once the server knows: it ended the session now, or says that it was over. Outlives the
   * page. In cookie mode the request says whose sign-out it is, so that one that comes late ends nobody who has signed in since.
   */
  async function pay(debt: string, noted?: Promise<unknown>): Promise<void> {
    const key = debt.replace(EVERYWHERE, '')
    const { status, body } = await post(signOutPath, key, { everywhere: key !== debt }, LONGEST_SIGN_OUT, { keepalive: true })
    await noted
    if (status === 204 || (status === 401 && body.error)) await persist((read) => ({ ...read, owed: read.owed.filter((owed) => owed !== debt) }))
  }

  /** Tells the server of all sign-outs that it may not have heard of. What fails stays owed. Never rejects. */
  async function settleDebts(): Promise<void> {
    if (kept.owed.length > 0) await locked(name, payAll).catch(() => {})
  }

  async function payAll(): Promise<void> {
    for (const debt of (await persist()).owed) await pay(debt)
  }

  /** The cookies of a session that is over have come back, or may have: those beside the readable one go when the server is told again. */
  function sendAway(sessionId: string): void {
    cookie?.erase()
    locked(name, () => pay(sessionId)).catch(() => {})
  }

  // --- Requests

  /** A `fetch` that gives own origins the session, and every other origin nothing at all. */
  const fetchWithSession: typeof fetch = async (input, init = {}) => {
    const asked = input as Partial<Request>
    const { signal = asked.signal, method = asked.method ?? 'get', credentials = asked.credentials, body } = init
    const headers = new Headers(init.headers ?? asked.headers)
    const origin = originOf(asked.url ?? (input as string | URL))
    // Another origin's; or the caller has dressed the request himself.
    if (!own.includes(origin) || (bearer ? headers.has(header) : credentials === 'omit')) return fetch(input, init)
    await unless(signal, ready)
    const before = held
    if (differs(before?.sessionId)) await unless(signal, look())
    const first = held
    unlessReplaced(before)
    // After a sign-out that the server may not have heard of, its cookies are not sent any more.
    if (!first) return fetch(input, kept.owed.length > 0 && !bearer ? { ...init, credentials: 'omit' } : init)

    const current = (): Held => (first.over.signal.throwIfAborted(), held!)
    const send = async (request: RequestInfo | URL): Promise<Response> => {
      const { access } = current()
      // In cookie mode the header costs a preflight on another origin: there only what may change something carries it.
      if (bearer || origin === page || !/^(get|head)$/i.test(method)) headers.set(header, scheme + access)
      // As little as will do: `include` follows a redirect to another origin.
      const response = await fetch(request, { ...init, headers, ...(!bearer && origin !== page && { credentials: 'include' }) })
      unlessReplaced(first)
      return response
    }
    const renewed = (why: Why): Promise<void> => unless(signal, renew(why))

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
    if (response.status !== 401 || streams || !mayHaveExpired(response) || !own.includes(originOf(response.url))) return response
    // A 401 that comes late, after others have led to new tokens, needs no renewal of its own.
    if (current().receivedAt === receivedAt) await renewed('refused')
    response.body?.cancel().catch(() => {})
    return send(again)
  }

  // --- Its life on the page

  /** Looks again whenever the page may have missed something. */
  function wake(): void {
    if (!document?.hidden) {
      // Somebody is looking: the next renewal need not wait.
      failures = quietUntil = 0
      void look().then(settleDebts)
    }
    schedule()
  }

  async function start(): Promise<State> {
    if (page) {
      for (const type of ['online', 'pageshow', 'focus', 'visibilitychange']) addEventListener(type, wake, { signal: disposed.signal })
      try {
        channel = new BroadcastChannel(name)
        channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
          if (data.about === 'server') return leaveAlone(data.wait, OTHER_TAB)
          if (data.about === 'end') end(data.sessionId, data.reason, OTHER_TAB)
          void look(OTHER_TAB, true)
        })
      } catch {
        // Tabs of this browser cannot speak to one another.
      }
      await look(mine('start'))
    }
    void settleDebts()
    return state
  }

  const ready = start()
  return {
    ready,
    get state() {
      return state
    },
    subscribe(listener) {
      // A copy, so that one function may be subscribed twice and unsubscribed once.
      const one: Listener = listener.bind(null)
      listeners.add(one)
      return () => void listeners.delete(one)
    },
    signIn,
    fetch: fetchWithSession,
    renew: (why = 'asked') => ready.then(() => renew(why)),
    signOut,
    dispose() {
      disposed.abort()
      clearTimeout(timer)
      channel?.close()
      channel = undefined
    },
  }
}

/** What was done under one session is nothing to another. */
function unlessReplaced(before: Held | undefined): void {
  const why: unknown = before?.over.signal.reason
  if (why instanceof Replaced) throw why
}
