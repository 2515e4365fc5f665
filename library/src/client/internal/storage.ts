import { transact } from './record.ts'
import type { Change, Kept } from './record.ts'
import type { Tab } from './context.ts'
import { unless } from './abort.ts'

/** Milliseconds after which storage that does not answer counts as failed. */
const PATIENCE = 3000

/**
 * Reads and writes the record. Rejects where that could not be done; `anyhow`: then from now on this tab keeps the record to itself, in
 * memory, as it does where there is no storage at all.
 * Cookie mode can go on so, the tokens are elsewhere. In header mode a copy would go on with a refresh token that other tabs replace.
 */
export async function persist(
  tab: Tab,
  change: Change = (record) => record,
  anyhow = false,
): Promise<Kept> {
  try {
    if (!tab.alone)
      return (tab.kept = await unless(
        AbortSignal.timeout(PATIENCE),
        transact(tab.name, change, () => (tab.opened = true)),
      ))
  } catch (error) {
    if (tab.bearer && tab.opened && !anyhow) throw error
    tab.alone = true
  }
  return (tab.kept = change(tab.kept))
}
