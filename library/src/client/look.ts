import { sleep } from './internal/clock.ts'
import { sendAway } from './internal/pending-sign-outs.ts'
import { persist } from './internal/storage.ts'
import { isOver, take } from './internal/session.ts'
import type { Tab } from './internal/context.ts'
import { OTHER_TAB } from './tell.ts'

/** How long a cookie may take to be seen in every tab. Milliseconds. */
const COOKIE_LAG = 50

/** Another session's cookies than one believes in, or none. */
export const differs = (tab: Tab, sessionId?: string): boolean =>
  !!tab.cookie && tab.cookie.read().sessionId !== sessionId

/** Reads the record and the cookie again. `just`: because another tab said this moment that it wrote there. Never rejects. */
export async function look(tab: Tab, cause = OTHER_TAB, just = false): Promise<void> {
  try {
    if (differs(tab, (await persist(tab)).sessionId)) {
      await sleep(COOKIE_LAG)
      await persist(tab)
    }
  } catch {
    // Storage did not answer: what was known stands.
  }
  const marker = tab.cookie?.read()
  take(tab, cause, just, marker)
  // A cookie that came back after its session was over.
  if (marker?.sessionId && isOver(tab, marker.sessionId)) sendAway(tab, marker.sessionId)
}
