import { locked } from './lock.ts'
import { persist } from './storage.ts'
import type { Tab } from './context.ts'

/** Stands before the key of a session that is to end with all others of its person. */
export const EVERYWHERE = '*'
/** Milliseconds that a sign-out may take. */
const LONGEST_SIGN_OUT = 5000

/**
 * Tells the server of a sign-out, and forgets it once the server knows: it ended the session now, or says that it was over. Outlives the
 * page. In cookie mode the request says whose sign-out it is, so that one that comes late ends nobody who has signed in since.
 */
export async function pay(tab: Tab, debt: string, noted?: Promise<unknown>): Promise<void> {
  const key = debt.replace(EVERYWHERE, '')
  const { status, body } = await tab.post(
    tab.paths.signOut ?? '/logout',
    key,
    { everywhere: key !== debt },
    LONGEST_SIGN_OUT,
    { keepalive: true },
  )
  await noted
  if (status === 204 || (status === 401 && body.error))
    await persist(tab, (read) => ({ ...read, owed: read.owed.filter((owed) => owed !== debt) }))
}

/** Tells the server of all sign-outs that it may not have heard of. What fails stays owed. Never rejects. */
export async function settleDebts(tab: Tab): Promise<void> {
  const payAll = async (): Promise<void> => {
    for (const debt of (await persist(tab)).owed) await pay(tab, debt)
  }
  if (tab.kept.owed.length > 0) await locked(tab.name, payAll).catch(() => {})
}

/** The cookies of a session that is over have come back, or may have: those beside the readable one go when the server is told again. */
export function sendAway(tab: Tab, sessionId: string): void {
  tab.cookie?.erase()
  locked(tab.name, () => pay(tab, sessionId)).catch(() => {})
}
