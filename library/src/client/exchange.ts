import { attemptHeader, begin } from './attempts.ts'
import { caughtUp, ended, renewed, signedIn } from './changes.ts'
import { dueAt, now, pause, receiptOf } from './clock.ts'
import { tellTabs } from './core.ts'
import type { Core, Held } from './core.ts'
import { owe } from './debts.ts'
import { Replaced, Unreachable } from './errors.ts'
import { NO_REPLY, post } from './post.ts'
import type { Reply } from './post.ts'
import { failed } from './quiet.ts'
import { persist } from './record.ts'
import type { Kept } from './record.ts'
import { look, markerOf, OTHER_TAB, take } from './session.ts'
import type { Why } from './state.ts'

/** What is left to do when the lock is given back. No listener is called under it. */
export type Outcome = () => unknown

/** Milliseconds between the tries of one renewal. */
const DELAYS = [250, 750, Infinity]
/** The longest that one try may take, and all of them: less than other tabs wait for the lock. Milliseconds. */
const LONGEST_TRY = 5000
const LONGEST_RENEWAL = 9500

/** The whole of what happens under the lock: read again, keep the attempt, ask, keep the answer. */
export async function exchange(core: Core, held: Held, why: Why): Promise<Outcome> {
  const { sessionId, over } = held
  const until = now() + LONGEST_RENEWAL
  const marker = markerOf(core)
  let newer = false
  const begun = await persist(core, (read) => {
    const kept = marker?.sessionId === sessionId ? caughtUp(read, marker) : read
    // Another tab has renewed since, and what it got will last.
    newer = kept.receivedAt !== held.receivedAt && dueAt(receiptOf(Date.now() - kept.receivedAt, kept.expiresIn)) > now()
    return newer || kept.sessionId !== sessionId ? kept : begin(kept, newAttempt)
  })
  if (begun.sessionId !== sessionId) return () => concludeChanged(core, held)
  if (newer) return () => take(core, undefined, { ...OTHER_TAB, why })
  // Only now: what the tab before this one met under the lock has been heard of.
  const quiet = why === 'asked' ? 0 : core.quietUntil - now()
  if (quiet > 0) return () => { throw new Unreachable(quiet) }

  const reply = await ask(core, over.signal, begun, until)
  const { keys, body } = reply
  const code = endIn(core, reply)
  // Given up in the middle: whether its cookies were kept all the same, nobody knows.
  if (!keys && !code) return over.signal.aborted ? () => concludeChanged(core, held, true) : failed(core, reply.wait)
  const kept = await persist(core, (kept) => answered(kept, sessionId, reply, code, begun.generation), !!code || undefined)
  if (kept.sessionId !== (keys ? body.session_id : null)) return () => concludeChanged(core, held, !!keys)
  return () => {
    // Not the cookie: what came with the answer is surer, and the cookie may lag.
    take(core, undefined, { by: 'this tab', why }, true)
    tellTabs(core, code ? { about: 'end', sessionId, reason: code } : { about: 'record' })
  }
}

function answered(kept: Kept, sessionId: string, { keys, body }: Reply, code: string | false, begunAt: number): Kept {
  if (kept.sessionId !== sessionId) return kept
  if (!keys) return ended(kept, sessionId, code as string, null)
  // The cookies turned out to be those of another session, so that is the one there is.
  if (body.session_id !== sessionId) return signedIn(kept, keys, body, Date.now(), [])
  return renewed(kept, keys, body, Date.now(), begunAt)
}

async function ask(core: Core, over: AbortSignal, begun: Kept, until: number): Promise<Reply> {
  let reply = NO_REPLY
  // A server that has failed for a while is asked once.
  for (const delay of core.failures > 0 ? [Infinity] : DELAYS) {
    const left = until - now()
    // The page slept: the attempt is stale, and the cookie may be another tab's by now. Together they would look like a theft.
    if (left <= 0) return NO_REPLY
    const signal = AbortSignal.any([over, AbortSignal.timeout(Math.min(LONGEST_TRY, left))])
    reply = await post(core, core.paths.refresh, begun.refresh, {}, { headers: { 'refresh-attempt': attemptHeader(begun) }, signal })
    const wait = Math.max(reply.wait, delay * (0.75 + Math.random() / 2))
    if (reply.keys || endIn(core, reply) || over.aborted || now() + wait > until - 1000) break
    await pause(wait)
  }
  return reply
}

/** The code by which our own refresh route says that the session is over for good. Nothing else does. */
export const endIn = ({ transport }: Pick<Core, 'transport'>, { status, body: { error } }: Pick<Reply, 'status' | 'body'>): string | false =>
  status === 401 && transport.ends.includes(error as string) && (error as string)

/** The session was over or replaced meanwhile. `landed`: its cookies may have come back all the same. */
async function concludeChanged(core: Core, { sessionId, over: { signal } }: Held, landed?: boolean): Promise<never> {
  await look(core)
  // Where the cookie can be read, `look` has seen it.
  if (landed && !core.marked && !core.transport.bearer) void owe(core, sessionId)
  throw signal.aborted ? signal.reason : new Replaced()
}

/** 128 random bits in base64url. */
export const newAttempt = (): string =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))).replaceAll('+', '-').replaceAll('/', '_').slice(0, 22)
