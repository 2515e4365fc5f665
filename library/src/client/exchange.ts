import { attemptHeader, withAttempt, newAttempt } from './internal/attempts.ts'
import { caughtUp, ended, entered } from './changes.ts'
import { dueAt, now, sleep, receiptOf } from './internal/clock.ts'
import { sendAway } from './internal/pending-sign-outs.ts'
import { Replaced, Unreachable } from './internal/errors.ts'
import type { Outcome } from './internal/lock.ts'
import { look } from './look.ts'
import { persist } from './internal/storage.ts'
import { NO_REPLY } from './internal/http.ts'
import type { Reply } from './internal/http.ts'
import { failed } from './internal/backoff.ts'
import type { Kept } from './internal/record.ts'
import { arrive, end, take } from './internal/session.ts'
import type { RefreshCause } from './internal/state.ts'
import type { Held, Tab } from './internal/context.ts'
import { mine, OTHER_TAB } from './tell.ts'

/** Milliseconds between the tries of one renewal. Each try may take ten times the pause after it, so that the first leaves time for another. */
const DELAYS = [250, 750, Infinity]
/**
 * When the last try may begin, and what is left for it at the least. Whoever waits knows after their sum; other tabs wait longer for the
 * lock. Milliseconds.
 */
const LATEST_TRY = 4800
const LAST_TRY = 1000

/** The whole of what happens under the lock: read again, keep the attempt, ask, keep the answer. */
export async function exchange(tab: Tab, session: Held, why: RefreshCause): Promise<Outcome> {
  const {
    sessionId,
    over: { signal },
  } = session
  /** The session was over or replaced meanwhile. `landed`: its cookies may have come back all the same; `look` sees that where it can. */
  const changed =
    (landed?: boolean): Outcome =>
    async () => {
      await look(tab)
      if (landed && !tab.cookie && !tab.bearer) sendAway(tab, sessionId)
      signal.throwIfAborted()
      throw new Replaced()
    }
  const latest = now() + LATEST_TRY
  const marker = tab.cookie?.read()
  let newer = false
  const begun = await persist(tab, (read) => {
    const record = marker?.sessionId === sessionId ? caughtUp(read, marker) : read
    // Another tab has renewed since, and what it got will last.
    newer = record.receivedAt !== session.receivedAt && dueAt(receiptOf(record)) > now()
    return newer || record.sessionId !== sessionId ? record : withAttempt(record, newAttempt)
  })
  if (begun.sessionId !== sessionId) return changed()
  if (newer) return () => take(tab, { ...OTHER_TAB, why })
  // Only now: what the tab before this one met under the lock has been heard of.
  const quiet = why === 'asked' ? 0 : tab.quietUntil - now()
  if (quiet > 0)
    return () => {
      throw new Unreachable(quiet)
    }

  const { tokens, code, wait } = await ask(tab, begun, latest, signal)
  // Given up in the middle: whether its cookies were kept all the same, nobody knows.
  if (!tokens && !code) return signal.aborted ? changed(true) : failed(tab, wait)
  const record = await persist(
    tab,
    (read) => {
      if (read.sessionId !== sessionId) return read
      // The cookies may turn out to be those of another session, so that is the one there is.
      return tokens ? entered(read, tokens, begun.generation) : ended(read, sessionId, code)
    },
    !!code,
  )
  if (record.sessionId !== tokens?.sessionId) return changed(!!tokens)
  return () => (code ? end(tab, sessionId, code, mine(why)) : arrive(tab, mine(why)))
}

/** Asks for new tokens until there is an answer that says something, or it is too `latest` to go on. */
async function ask(tab: Tab, begun: Kept, latest: number, signal: AbortSignal): Promise<Reply> {
  let reply = NO_REPLY
  // A server that has failed for a while is asked once.
  for (const delay of tab.failures > 0 ? [Infinity] : DELAYS) {
    // The page slept: the attempt is stale, and the cookie may be another tab's by now. Together they would look like a theft.
    const left = latest - now()
    if (left < 0) break
    reply = await tab.post(
      tab.paths.refresh ?? '/refresh',
      begun.refresh,
      {},
      Math.min(delay * 10, left + LAST_TRY),
      {
        headers: { 'refresh-attempt': attemptHeader(begun) },
        signal,
      },
    )
    const wait = Math.max(reply.wait, delay * (0.75 + Math.random() / 2))
    if (reply.tokens || reply.code || signal.aborted || now() + wait > latest) break
    await sleep(wait)
  }
  return reply
}
