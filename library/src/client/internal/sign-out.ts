import type { Context } from './context.ts'
import { Unreachable } from './errors.ts'
import { EVERYWHERE, sendPendingSignOuts, sendSignOut } from './pending-sign-outs.ts'
import { applyRecord, endSession, thisTab } from './session.ts'
import { withoutSession } from './shared-record.ts'
import { updateRecord } from './storage.ts'

/**
 * Signs out: first in all tabs, then on disk and at the server. Both start at once, because the
 * page may be about to close. A sign-out that the server did not receive is sent later. If this
 * page knows of no session, the cookies may still hold one. Throws Unreachable if only the server
 * knows and did not respond.
 */
export async function signOut(context: Context, { everywhere = false } = {}): Promise<void> {
  const prefix = everywhere ? EVERYWHERE : ''
  if (!context.current) {
    await sendPendingSignOuts(context)
    return context.cookies?.signOut(context, prefix)
  }
  const { sessionId, refresh } = context.current
  const reason = 'session_signed_out'
  const pending = prefix + refresh
  endSession(context, sessionId, reason, thisTab('asked'))
  const recorded = updateRecord(
    context,
    (record) => withoutSession(record, sessionId, reason, pending),
    true,
  )
  await sendSignOut(context, pending, recorded).catch(() => {})
}

/** Ends the session of the cookies, if this page knows of none. */
export async function signOutCookies(context: Context, prefix: string): Promise<void> {
  const { status, cause } = await sendSignOut(context, prefix)
  if (context.mustAsk && !status) throw new Unreachable(0, cause)
  context.mustAsk = false
  applyRecord(context, thisTab('asked'))
}
