import type { Mode } from '../protocol.ts'
import { ended, paid, signedIn } from './changes.ts'
import { pause } from './clock.ts'
import type { Core } from './core.ts'
import { Unreachable } from './errors.ts'
import { eraseMarker } from './marker.ts'
import type { Kept } from './record.ts'
import type { Reply } from './server.ts'
import type { Tabs } from './tabs.ts'
import { unless } from './unless.ts'

/** Milliseconds that a sign-in may take: a password is slow to check, on purpose. */
const LONGEST_SIGN_IN = 30_000
/** Milliseconds that requests are given to leave, before the cookies change under them. */
const HEAD_START = 50
const SIGNED_OUT = 'session_signed_out'

export type SignInBody = Record<string, string> | FormData | URLSearchParams

export interface SignInOptions {
  /** Another route that answers like the sign-in route: a registration, a second step. */
  path?: string
  signal?: AbortSignal
}

/** A refusal is a value: the status and the words of the server. */
export type SignInResult = { ok: true } | { ok: false; status: number; code: string; message: string }

/**
 * Under the lock, so that the answer to a refresh of the session before cannot land on the new session's cookies; and with the
 * requests of that session held back in every tab, so that none leaves with them.
 * Once the server has answered, the sign-in is kept even if the caller has turned away.
 */
export async function signIn(core: Core, tabs: Tabs, body: SignInBody, options: SignInOptions): Promise<SignInResult> {
  const { settings, record, server, holder } = core
  const { path = settings.paths.signIn, signal } = options
  const timeout = AbortSignal.timeout(LONGEST_SIGN_IN)
  const work = async (): Promise<Reply | Kept> => {
    await core.flush()
    if (holder.held && settings.mode === 'cookie') {
      core.hold()
      tabs.tell({ about: 'sign-in' })
      await pause(HEAD_START)
    }
    signal?.throwIfAborted()
    const init = { ...encode(body, settings.mode), signal: signal ? AbortSignal.any([signal, timeout]) : timeout }
    const reply = await server.post(path, null, init)
    const tokens = server.tokensIn(reply)
    if (!tokens) return reply
    const change = (kept: Kept): Kept => signedIn(kept, tokens, settings.mode, Date.now(), holder.held?.sessionId)
    // No other tab knows the new session: one that cannot be kept on disk can live in this tab.
    return record.update(change, true)
  }
  const conclude = (result: Reply | Kept): SignInResult => {
    if ('version' in result) {
      holder.take(result, undefined, true, 'this tab', 'asked')
      return { ok: true }
    }
    const { status, body: answer, retryAfter } = result
    // No answer, or 200 and not our server's words: a page that a network put in between.
    if (status < 400) throw new Unreachable(retryAfter)
    return { ok: false, status, code: textOr(answer.error, 'unreadable'), message: textOr(answer.message, '') }
  }
  const over = (): void => {
    core.release()
    tabs.tell({ about: 'record' })
  }
  return unless(signal, core.locked(work).then(conclude).finally(over))
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/** Cookie mode is asked for by a field `mode`. The caller's form is left as it is. */
function encode(body: SignInBody, mode: Mode): RequestInit {
  const more = mode === 'cookie' ? { mode } : {}
  if (!(body instanceof FormData || body instanceof URLSearchParams)) {
    return { body: JSON.stringify({ ...body, ...more }), headers: { 'content-type': 'application/json' } }
  }
  const fields = [...body].filter((field): field is [string, string] => typeof field[1] === 'string')
  return { body: new URLSearchParams([...fields, ...Object.entries(more)]) }
}

/**
 * First here and in the other tabs, then on the disk and at the server, both begun at once: the page may be about to go.
 * Never rejects. What the server could not be told now, it is told later.
 */
export async function signOut(core: Core, tabs: Tabs): Promise<void> {
  const { settings, record, server, holder } = core
  const { held } = holder
  if (!held) return core.settle()
  const { sessionId } = held
  const token = settings.mode === 'header' ? record.latest.refreshToken : ''
  tabs.tell({ about: 'end', sessionId, reason: SIGNED_OUT })
  if (settings.marked) eraseMarker()
  holder.end(sessionId, SIGNED_OUT, 'this tab', 'asked')
  const change = (kept: Kept): Kept => ended(kept, sessionId, SIGNED_OUT, token ?? kept.refreshToken, Date.now())
  const kept = record.update(change, true)
  const told = token === null ? Promise.resolve(false) : server.signOut(token)
  await kept
  if (token !== null && (await told)) await record.update((now) => paid(now, token)).catch(() => {})
}
