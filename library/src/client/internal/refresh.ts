/**
 * A renewal, in the order in which it happens: one for all callers of the tab (`renew`), one tab at
 * a time under the lock (`refreshUnderLock`), the request and its repetitions (`requestTokens`),
 * and the timer of the next renewal (`scheduleRenewal`).
 */
import { abortable } from './abort.ts'
import { attemptHeader, withAttempt } from './refresh-attempts.ts'
import { failureOf, refreshFailed } from './backoff.ts'
import { dueAt, now, receiptOf, sleep, timerDelay } from './clock.ts'
import type { Context, CurrentSession } from './context.ts'
import { Replaced, SignedOut, Unreachable } from './errors.ts'
import { NO_RESPONSE, post } from './http.ts'
import type { AuthResponse } from './http.ts'
import { withLock } from './lock.ts'
import type { AfterLock } from './lock.ts'
import { withoutSession, withSession } from './shared-record.ts'
import type { SharedRecord } from './shared-record.ts'
import { applyRecord, applyTokens, endSession, OTHER_TAB, sync, thisTab } from './session.ts'
import { UNKNOWN } from './state.ts'
import type { RefreshCause } from './state.ts'
import { updateRecord } from './storage.ts'

/**
 * Milliseconds between the tries of one renewal. A try may take ten times the delay after it, so
 * there is time for another.
 */
const RETRY_DELAYS = [250, 750, Infinity]
/**
 * Milliseconds from the start until the last try may begin, and the shortest timeout of that try.
 * Callers wait for the sum of both at most; other tabs wait longer for the lock.
 */
const LAST_TRY_BEGINS = 4800
const LAST_TRY_LASTS = 1000

/**
 * Gets newer tokens. All callers share the renewal in progress. Rejects with SignedOut, Replaced or
 * Unreachable.
 */
export const renew = (context: Context, cause: RefreshCause): Promise<void> =>
  (context.renewal ??= startRefresh(context, cause).finally(() => {
    context.renewal = undefined
    scheduleRenewal(context)
  }))

async function startRefresh(context: Context, cause: RefreshCause): Promise<void> {
  const { cookies, pageOrigin } = context
  if (!context.current && !(cookies && pageOrigin)) throw noSession(context)
  const current: Refreshed = context.current ?? { receivedAt: 0, controller: new AbortController() }
  const renewal = withLock(context, () => refreshUnderLock(context, current, cause))
    // Storage failed. The attempt is on disk or was never sent, so the next refresh gets the same
    // tokens.
    .catch((cause: unknown) => refreshFailed(context, { ...NO_RESPONSE, cause }))
    .then((finish) => finish())
  // If the session ends, the callers are released at once; the renewal still runs to its end.
  await abortable(current.controller.signal, renewal).catch((error: unknown) => {
    throw current.controller.error ?? error
  })
  if (!context.current) throw noSession(context)
}

/** What is refreshed: `sessionId` is undefined if only the server knows which session it is. */
type Refreshed = Pick<CurrentSession, 'receivedAt' | 'controller'> & { sessionId?: string }

const noSession = (context: Context): Error =>
  context.state === UNKNOWN ? new Unreachable(0) : new SignedOut(context.record.reason)

/** Reads the record again, records the attempt, sends it, and records the response. */
async function refreshUnderLock(
  context: Context,
  session: Refreshed,
  cause: RefreshCause,
): Promise<AfterLock> {
  const { sessionId } = session
  const deadline = now() + LAST_TRY_BEGINS
  const cookie = context.readCookie?.()
  let isRenewed = false
  const begun = await updateRecord(context, (stored) => {
    const record =
      cookie && cookie.sessionId === sessionId ? context.cookies!.update(stored, cookie) : stored
    // Another tab has renewed the session, and its tokens are not due yet.
    isRenewed = record.receivedAt !== session.receivedAt && dueAt(receiptOf(record)) > now()
    return isRenewed || record.sessionId !== sessionId
      ? record
      : withAttempt(record, context.newAttempt)
  })
  if (begun.sessionId !== sessionId) return sessionChanged(context, session)
  if (isRenewed) return () => applyRecord(context, { ...OTHER_TAB, why: cause })
  // Read only now: the tab that held the lock before may have reported a failure.
  const wait = cause === 'asked' ? 0 : context.backoffUntil - now()
  if (wait > 0)
    return () => {
      throw failureOf(context, wait)
    }

  const response = await requestTokens(context, begun, deadline, session.controller.signal)
  const { tokens, endCode } = response
  const received = tokens?.sessionId
  // If the request was aborted, its response may still have set cookies.
  if (!tokens && !endCode)
    return session.controller.signal.aborted
      ? sessionChanged(context, session, sessionId)
      : refreshFailed(context, response)
  const record = await updateRecord(
    context,
    (stored) => {
      if (stored.sessionId !== sessionId || stored.endedSessions.includes(received!)) return stored
      // If the cookies were those of another session, the tokens are as well, and that session
      // becomes the current one.
      return tokens
        ? withSession(stored, tokens, begun.generation)
        : withoutSession(stored, sessionId, endCode)
    },
    !!endCode,
  )
  if (record.sessionId !== received) return sessionChanged(context, session, received)
  context.mustAsk = false
  return () =>
    endCode
      ? endSession(context, sessionId!, endCode, thisTab(cause))
      : applyTokens(context, thisTab(cause))
}

/** Sends the refresh until there is a usable response, or until `deadline`. */
async function requestTokens(
  context: Context,
  begun: SharedRecord,
  deadline: number,
  signal: AbortSignal,
): Promise<AuthResponse> {
  let response = NO_RESPONSE
  // After a failed renewal there is one try.
  for (const delay of context.failures > 0 ? [Infinity] : RETRY_DELAYS) {
    const left = deadline - now()
    // The page slept. Other tabs may have refreshed since, and this attempt with their cookie would
    // look like theft.
    if (left < 0) break
    response = await post(
      context,
      context.paths.refresh,
      begun.refresh,
      {},
      Math.min(delay * 10, left + LAST_TRY_LASTS),
      attemptHeader(begun),
      { signal },
    )
    const wait = Math.max(response.retryAfter, delay * (0.75 + Math.random() / 2))
    if (response.tokens || response.endCode || signal.aborted || now() + wait > deadline) break
    await sleep(wait)
  }
  return response
}

/**
 * The session ended or was replaced during the renewal. The response may have set the cookies of
 * the session `cookiesOf` again; `sync` clears them only if it can see the session cookie.
 */
const sessionChanged =
  (context: Context, session: Refreshed, cookiesOf?: string): AfterLock =>
  async () => {
    await sync(context)
    if (cookiesOf && !context.readCookie) context.cookies?.clear(context, cookiesOf)
    if (!session.sessionId) return
    throw session.controller.error ?? new Replaced()
  }

/**
 * Sets the timer of the next renewal, in a visible tab only: shortly before the token expires, or
 * after the backoff.
 */
export function scheduleRenewal(context: Context): void {
  const { current } = context
  clearTimeout(context.timer)
  if (context.disposal.signal.aborted || context.renewal || !current || isHidden(context)) return
  const at = Math.max(context.backoffUntil, context.state.reachable ? dueAt(current) : 0)
  const timer = (context.timer = setTimeout(
    () => (at <= now() ? renew(context, 'timer').catch(() => {}) : scheduleRenewal(context)),
    timerDelay(at),
  ))
  // It does not keep a process alive.
  ;(timer as { unref?: () => void }).unref?.()
}

export const isHidden = (context: Context): boolean | undefined =>
  context.isHidden?.() ?? (globalThis as Partial<typeof globalThis>).document?.hidden
