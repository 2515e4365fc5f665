import { remember } from './changes.ts'
import { eraseMarker } from './core.ts'
import type { Core } from './core.ts'
import { locked } from './lock.ts'
import { post } from './post.ts'
import { persist } from './record.ts'

/** Stands before the key of a session that is to end with all others of its person. */
export const EVERYWHERE = '*'
/** Stands before the key of a session whose sign-out another tab may be paying at this moment: this one is to come after it. */
const AGAIN = '+'

/**
 * Tells the server of a sign-out, and forgets it once the server knows: it ended the session now, or says that it was over. Outlives the
 * page. In cookie mode the request says whose sign-out it is, so that one that comes late ends nobody who has signed in since.
 */
export async function pay(core: Core, debt: string, noted?: Promise<unknown>): Promise<void> {
  const everywhere = debt.startsWith(EVERYWHERE)
  const key = debt.replace(/^[*+]/, '')
  const { status, body } = await post(core, core.paths.signOut, key, { everywhere }, { keepalive: true, signal: AbortSignal.timeout(5000) })
  await noted
  if (status === 204 || (status === 401 && body.error)) await persist(core, (kept) => ({ ...kept, owed: kept.owed.filter((owed) => owed !== debt) }))
}

/** Tells the server of all sign-outs that it may not have heard of. Never rejects. */
export async function settleDebts(core: Core): Promise<void> {
  const payAll = async (): Promise<void> => {
    for (const debt of (await persist(core)).owed) await pay(core, debt)
  }
  // What fails stays owed.
  if (core.kept.owed.length > 0) await locked(core, payAll).catch(() => {})
}

/** The cookies of a session that is over have come back, or may have. */
export async function owe(core: Core, sessionId: string): Promise<void> {
  eraseMarker(core)
  await persist(core, (kept) => ({ ...kept, owed: remember(kept.owed, AGAIN + sessionId) }))
  await settleDebts(core)
}
