import type { Context } from './context.ts'
import { post } from './http.ts'
import type { AuthResponse } from './http.ts'
import { withLock } from './lock.ts'
import { updateRecord } from './storage.ts'

/**
 * A pending sign-out is a string in the record: the session's `refresh`, preceded by this prefix if
 * all sessions of the identity are to end.
 */
export const EVERYWHERE = '*'
/** Milliseconds. */
const TIMEOUT = 5000

/**
 * Sends one sign-out. Removes it from the record after `recorded` if the server ended the session
 * or says that it had ended before. The request outlives the page. In cookie mode it names its
 * session, so a late one does not end another.
 */
export async function sendSignOut(
  context: Context,
  signOut: string,
  recorded?: Promise<unknown>,
): Promise<AuthResponse> {
  const token = signOut.replace(EVERYWHERE, '')
  const response = await post(
    context,
    context.paths.signOut,
    token,
    { everywhere: token !== signOut },
    TIMEOUT,
    undefined,
    { keepalive: true },
  )
  const { status } = response
  await recorded
  if (status === 204 || (status === 401 && response.body.error))
    await updateRecord(context, (record) => ({
      ...record,
      pendingSignOuts: record.pendingSignOuts.filter((other) => other !== signOut),
    }))
  return response
}

/** Sends all pending sign-outs. Those that fail stay in the record. Never rejects. */
export async function sendPendingSignOuts(context: Context): Promise<void> {
  const sendAll = async (): Promise<void> => {
    for (const signOut of (await updateRecord(context)).pendingSignOuts)
      await sendSignOut(context, signOut)
  }
  if (context.record.pendingSignOuts.length > 0) await withLock(context, sendAll).catch(() => {})
}

/**
 * Clears the cookies of an ended session that a late response set again, by another sign-out. Only
 * the server can do it safely: it clears no cookies of another session, whereas a script that sees
 * an old value of the session cookie would delete the new one.
 */
export function clearCookies(context: Context, sessionId: string): void {
  withLock(context, async () => {
    // Another tab may have done it meanwhile.
    const cookie = context.readCookie?.()
    if (!cookie || cookie.sessionId === sessionId) await sendSignOut(context, sessionId)
  }).catch(() => {})
}
