import { ended, entered } from '../changes.ts'
import type { SignInBody, SignInOptions, SignInResult } from './types.ts'
import { EVERYWHERE, pay, settleDebts } from './pending-sign-outs.ts'
import { Unreachable } from './errors.ts'
import { locked } from './lock.ts'
import type { Outcome } from './lock.ts'
import { persist } from './storage.ts'
import { arrive, end } from './session.ts'
import type { Tab } from './context.ts'
import { mine } from '../tell.ts'
import { unless } from './abort.ts'

/** Milliseconds that a sign-in may take: a password is slow to check, on purpose. */
const LONGEST_SIGN_IN = 30_000

/**
 * Under the lock, so that the answer to a refresh of the session before cannot land on the new session's cookies.
 * Once the server has answered, the sign-in is kept even if the caller has turned away.
 */
export async function signIn(
  tab: Tab,
  form: SignInBody,
  { path = tab.paths.signIn ?? '/login', signal }: SignInOptions = {},
): Promise<SignInResult> {
  const { bearer } = tab
  const content = {
    ...(Symbol.iterator in form ? Object.fromEntries(form) : form),
    ...(!bearer && { mode: 'cookie' }),
  }
  const enter = async (): Promise<Outcome<SignInResult>> => {
    const { status, body, wait, tokens } = await tab.post(
      path,
      undefined,
      content,
      LONGEST_SIGN_IN,
      { signal: signal ?? null },
    )
    // In cookie mode the server ended the session before; in header mode it is still to be told.
    // No other tab knows the new session: one that cannot be kept on disk can live in this tab.
    if (tokens)
      await persist(
        tab,
        (read) => entered(read, tokens, read.generation, bearer ? read.refresh : undefined),
        true,
      )
    return () => {
      if (tokens) {
        arrive(tab, mine('asked'))
        return { ok: true }
      }
      // No answer, or 200 and not our server's words: a page that a network put in between.
      if (status < 400) throw new Unreachable(wait)
      return {
        ok: false,
        status,
        code: String(body.error ?? 'unreadable'),
        message: String(body.message ?? ''),
      }
    }
  }
  // Debts first: once the cookies are another's, the server cannot be told any more.
  const entering = settleDebts(tab).then(() => locked(tab.name, enter))
  return unless(
    signal,
    entering.then((conclude) => conclude()),
  )
}

/**
 * First here and in the other tabs, then on the disk and at the server, both begun at once: the page may be about to go.
 * What the server could not be told now, it is told later. Never rejects.
 */
export async function signOut(tab: Tab, { everywhere = false } = {}): Promise<void> {
  if (!tab.held) return settleDebts(tab)
  const { sessionId, refresh } = tab.held
  const reason = 'session_signed_out'
  const debt = `${everywhere ? EVERYWHERE : ''}${refresh}`
  tab.cookie?.erase()
  end(tab, sessionId, reason, mine('asked'))
  const noted = persist(tab, (read) => ended(read, sessionId, reason, debt), true)
  await pay(tab, debt, noted).catch(() => {})
}
