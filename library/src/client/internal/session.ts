import { receiptOf, sleep } from './clock.ts'
import type { Context, CurrentSession } from './context.ts'
import { Replaced, SignedOut } from './errors.ts'
import { EMPTY_RECORD } from './shared-record.ts'
import type { SharedRecord } from './shared-record.ts'
import type { CookieValue } from './session-cookie.ts'
import { UNKNOWN } from './state.ts'
import type { ClientEvent, EventCause, RefreshCause, State } from './state.ts'
import { updateRecord } from './storage.ts'
import { broadcast } from './tab-messages.ts'

/**
 * Milliseconds until a cookie that one tab received is normally visible in all tabs, and the
 * longest wait for one that another tab has just received.
 */
const COOKIE_DELAY = 50
const MAX_COOKIE_DELAY = 800

export const OTHER_TAB: EventCause = { by: 'another tab' }
export const thisTab = (why?: RefreshCause): EventCause => ({ by: 'this tab', why })

/** True if the cookies belong to another session, or to none. */
export const cookieDiffers = (context: Context, sessionId?: string): boolean =>
  !!context.readCookie && context.readCookie().sessionId !== sessionId

const isEnded = (
  context: Pick<Context, 'record' | 'endedSessions'>,
  sessionId: string | undefined,
): boolean =>
  context.endedSessions.has(sessionId!) || context.record.endedSessions.includes(sessionId!)

/**
 * Waits until the cookie names this session, for about 50 ms; with `isComing`, because the cookie
 * was just received, for about 1.5 s. Returns false if it does not.
 */
export async function waitForCookie(
  context: Context,
  isComing: boolean,
  sessionId: () => string | undefined | Promise<string | undefined>,
): Promise<boolean> {
  let delay = COOKIE_DELAY
  while (cookieDiffers(context, await sessionId())) {
    if (delay > (isComing ? MAX_COOKIE_DELAY : COOKIE_DELAY)) return false
    await sleep(delay)
    delay *= 2
  }
  return true
}

/**
 * Reads the record and the cookie again. `justReceived`: another tab has just written the record.
 * Never rejects.
 */
export async function sync(
  context: Context,
  cause = OTHER_TAB,
  justReceived = false,
): Promise<void> {
  // If storage fails, the record stays as this tab last saw it.
  await waitForCookie(
    context,
    justReceived,
    async () => (await updateRecord(context)).sessionId,
  ).catch(() => {})
  const cookie = context.readCookie?.()
  applyRecord(context, cause, justReceived, cookie)
  // A pending sign-out clears them too. A session that this server does not know may be that of
  // another application on this host.
  if (
    cookie &&
    isEnded(context, cookie.sessionId) &&
    !context.record.pendingSignOuts.length &&
    context.record.reason !== 'token_invalid'
  )
    context.cookies!.clear(context, cookie.sessionId!)
}

/** Makes the record and the cookie the current session of this tab, and emits what that changes. */
export function applyRecord(
  context: Context,
  cause: EventCause,
  justReceived = false,
  cookie?: CookieValue,
): void {
  const before = context.current
  const wasReachable = context.state.reachable
  const record = reconcile(context, cookie)
  const { sessionId, generation, receivedAt } = record
  if (!sessionId) return setSignedOut(context, record.reason, cause)
  const isSame = before?.sessionId === sessionId
  if (isSame && before.generation === generation && before.receivedAt === receivedAt) return
  context.current = {
    ...record,
    sessionId,
    ...receiptOf(record, justReceived),
    controller: isSame ? before.controller : new AbortController(),
  }
  context.failures = context.backoffUntil = 0
  context.mustAsk = false
  if (!isSame) abortWith(before, new Replaced())
  emit(context, isSame ? 'renewed' : before ? 'replaced' : 'signed-in', cause, {
    ...UNKNOWN,
    status: 'signed-in',
    sessionId,
    generation,
  })
  if (!wasReachable) emit(context, 'reachable', cause)
}

/**
 * The record as it applies to this tab. The cookie decides which session there is, the record how
 * far it has come. A cookie of an ended session does not decide: it may be older than the record,
 * because it becomes visible in other tabs later. Without a session only the reason remains.
 * `cookie` is undefined if it is not visible, or not to be considered.
 */
export function reconcile(
  context: Pick<Context, 'record' | 'endedSessions' | 'cookies'>,
  cookie: CookieValue | undefined,
): SharedRecord {
  const { record } = context
  const hasSession = record.sessionId && !isEnded(context, record.sessionId)
  const isDecisive = cookie && !isEnded(context, cookie.sessionId)
  if (isDecisive ? cookie.sessionId : hasSession)
    return isDecisive ? context.cookies!.update(record, cookie) : record
  return { ...EMPTY_RECORD, reason: hasSession ? 'token_missing' : record.reason }
}

/**
 * Applies the tokens that this tab received and recorded. Ignores the cookie, which may lag behind
 * the response.
 */
export function applyTokens(context: Context, cause: EventCause): void {
  applyRecord(context, cause, true)
  broadcast(context, { type: 'record' })
}

/** Ends a session in this tab, and in the others unless one of them is the cause. */
export function endSession(
  context: Context,
  sessionId: string,
  reason: string,
  cause: EventCause,
): void {
  context.endedSessions.add(sessionId)
  if (cause !== OTHER_TAB) broadcast(context, { type: 'signed-out', sessionId, reason })
  if (context.current?.sessionId === sessionId) setSignedOut(context, reason, cause)
}

function abortWith(session: CurrentSession | undefined, error: SignedOut | Replaced): void {
  if (!session) return
  session.controller.error = error
  session.controller.abort(error)
}

function setSignedOut(context: Context, reason: string | undefined, cause: EventCause): void {
  if (context.state.status === 'signed-out' || context.mustAsk) return
  abortWith(context.current, new SignedOut(reason))
  context.current = undefined
  emit(context, 'signed-out', cause, { ...UNKNOWN, status: 'signed-out', reason: reason ?? null })
}

/** Applies a change of the state, if it is one, and calls every listener. */
export function emit(
  context: Context,
  type: ClientEvent['type'],
  cause: EventCause,
  change: Partial<State> = {},
): void {
  const next = Object.freeze({ ...context.state, ...change })
  if (JSON.stringify(next) !== JSON.stringify(context.state)) context.state = next
  for (const listener of context.listeners) {
    // A listener that throws must not stop the others, nor the client.
    try {
      listener(context.state, { ...cause, type, reason: change.reason ?? undefined })
    } catch (error) {
      // React Native and Node have no `reportError`.
      // oxlint-disable-next-line no-console
      ;((globalThis as Partial<typeof globalThis>).reportError ?? console.error)(error)
    }
  }
}
