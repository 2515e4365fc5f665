import { ended, remember, signedIn } from './changes.ts'
import { eraseMarker, tellTabs } from './core.ts'
import type { Core } from './core.ts'
import { EVERYWHERE, pay, settleDebts } from './debts.ts'
import { Unreachable } from './errors.ts'
import { locked } from './lock.ts'
import { post } from './post.ts'
import { persist } from './record.ts'
import type { Kept } from './record.ts'
import { end, take } from './session.ts'
import type { Cause } from './state.ts'
import { unless } from './unless.ts'

const OWN: Cause = { by: 'this tab', why: 'asked' }

/** Milliseconds that a sign-in may take: a password is slow to check, on purpose. */
const LONGEST_SIGN_IN = 30_000

export type SignInBody = Record<string, string> | FormData | URLSearchParams

export interface SignInOptions {
  /** Another route that answers like the sign-in route: a registration, a second step. */
  path?: string
  signal?: AbortSignal
}

/** A refusal is a value: the status and the words of the server. */
export type SignInResult = { ok: true } | { ok: false; status: number; code: string; message: string }

/**
 * Under the lock, so that the answer to a refresh of the session before cannot land on the new session's cookies.
 * Once the server has answered, the sign-in is kept even if the caller has turned away.
 */
export async function signIn(core: Core, form: SignInBody, { path = core.paths.signIn, signal }: SignInOptions): Promise<SignInResult> {
  const { transport } = core
  const timeout = AbortSignal.timeout(LONGEST_SIGN_IN)
  const content = { ...(Symbol.iterator in form ? Object.fromEntries(form) : form), ...transport.asks }
  const enter = async (): Promise<() => SignInResult> => {
    signal?.throwIfAborted()
    const { status, body, wait, keys } = await post(core, path, null, content, { signal: signal ? AbortSignal.any([signal, timeout]) : timeout })
    if (keys) {
      // In cookie mode the server ended the session before; its cookies are gone. A second step goes on with the same one.
      const owed = ({ owed, refresh, sessionId }: Kept): string[] =>
        transport.bearer ? remember(owed, sessionId === body.session_id ? null : refresh) : []
      // No other tab knows the new session: one that cannot be kept on disk can live in this tab.
      await persist(core, (kept) => signedIn(kept, keys, body, Date.now(), owed(kept), core.held?.sessionId), true)
    }
    return () => {
      if (keys) {
        take(core, undefined, OWN, true)
        tellTabs(core, { about: 'record' })
        return { ok: true }
      }
      // No answer, or 200 and not our server's words: a page that a network put in between.
      if (status < 400) throw new Unreachable(wait)
      return { ok: false, status, code: textOr(body.error, 'unreadable'), message: textOr(body.message, '') }
    }
  }
  // Debts first: once the cookies are another's, the server cannot be told any more.
  const entering = settleDebts(core).then(() => locked(core, enter))
  return unless(signal, entering.then((conclude) => conclude()))
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise)

/**
 * First here and in the other tabs, then on the disk and at the server, both begun at once: the page may be about to go.
 * What the server could not be told now, it is told later. Never rejects.
 */
export async function signOut(core: Core, everywhere = false): Promise<void> {
  const { held, kept } = core
  if (!held) return settleDebts(core)
  const { sessionId } = held
  const reason = 'session_signed_out'
  const debt = (everywhere ? EVERYWHERE : '') + (kept.refresh ?? sessionId)
  tellTabs(core, { about: 'end', sessionId, reason })
  eraseMarker(core)
  end(core, sessionId, reason, OWN)
  const noted = persist(core, (now) => ended(now, sessionId, reason, debt), true)
  await pay(core, debt, noted).catch(() => {})
}
