import { abortable } from './abort.ts'
import type { Context } from './context.ts'
import { Unreachable } from './errors.ts'
import type { AuthResponse } from './http.ts'
import { withLock } from './lock.ts'
import type { AfterLock } from './lock.ts'
import { newAttempt } from './refresh-attempts.ts'
import { EVERYWHERE, sendPendingSignOuts, sendSignOut } from './pending-sign-outs.ts'
import { withoutSession, withSession } from './shared-record.ts'
import { applyTokens, endSession, thisTab } from './session.ts'
import { updateRecord } from './storage.ts'
import type { SignInBody, SignInOptions, SignInResult } from './types.ts'

/** Milliseconds. Password hashing is slow on purpose. */
const TIMEOUT = 30_000

/**
 * Signs in, under the lock: otherwise the response to a refresh of the previous session could
 * overwrite the new cookies. Once the server has responded, the session stands, even if the caller
 * has aborted.
 */
export async function signIn(
  context: Context,
  form: SignInBody,
  options: SignInOptions = {},
): Promise<SignInResult> {
  // Pending sign-outs first: with the cookies of the new session they could not be sent any more.
  const result = sendPendingSignOuts(context)
    .then(() => withLock(context.name, () => signInUnderLock(context, form, options)))
    .then((finish) => finish())
  return abortable(options.signal, result)
}

async function signInUnderLock(
  context: Context,
  form: SignInBody,
  { path, signal }: SignInOptions,
): Promise<AfterLock<SignInResult>> {
  const { bearer } = context
  const content = {
    ...(Symbol.iterator in form ? Object.fromEntries(form) : form),
    ...(!bearer && { mode: 'cookie' }),
  }
  const response = await context.post(
    path ?? context.paths.signIn ?? '/login',
    undefined,
    content,
    TIMEOUT,
    {
      signal: signal ?? null,
      // It tells a server on this site, which may render pages, that this client sends attempts.
      ...(context.sessionCookie && { headers: { 'refresh-attempt': newAttempt() } }),
    },
  )
  const { tokens } = response
  // In cookie mode the server ended the previous session; in header mode its sign-out is still to
  // be sent. No other tab has the new session yet, so if it cannot be stored, it can live in this
  // tab.
  if (tokens)
    await updateRecord(
      context,
      (record) =>
        withSession(record, tokens, record.generation, bearer ? record.refresh : undefined),
      true,
    )
  return () => {
    if (!tokens) return refusalOf(response)
    applyTokens(context, thisTab('asked'))
    return { ok: true }
  }
}

/**
 * Throws Unreachable without a response, and for a success without tokens, such as the login page
 * of a network.
 */
function refusalOf({ status, body, retryAfter }: AuthResponse): SignInResult {
  if (status < 400) throw new Unreachable(retryAfter)
  return {
    ok: false,
    status,
    code: String(body.error ?? 'unreadable'),
    message: String(body.message ?? ''),
  }
}

/**
 * Signs out: first in all tabs, then on disk and at the server. Both start at once, because the
 * page may be about to close. A sign-out that the server did not receive is sent later. Never
 * rejects.
 */
export async function signOut(context: Context, { everywhere = false } = {}): Promise<void> {
  const { current } = context
  if (!current) return sendPendingSignOuts(context)
  const { sessionId, refresh } = current
  const reason = 'session_signed_out'
  const pending = `${everywhere ? EVERYWHERE : ''}${refresh}`
  context.sessionCookie?.clear()
  endSession(context, sessionId, reason, thisTab('asked'))
  const recorded = updateRecord(
    context,
    (record) => withoutSession(record, sessionId, reason, pending),
    true,
  )
  await sendSignOut(context, pending, recorded).catch(() => {})
}
