import { abortable, timeoutSignal } from './abort.ts'
import type { Context } from './context.ts'
import type { Change, SharedRecord } from './shared-record.ts'

/** Milliseconds after which storage that does not respond counts as failed. */
const TIMEOUT = 3000

/**
 * Reads the record, applies `change` and writes the result, in one transaction. Resolves with the
 * result once it is on disk. If storage fails, this tab keeps the record in memory from then on.
 * The exception is header mode with storage that worked before: there it rejects, because a copy
 * would go on with a refresh token that other tabs replace. With `mustSucceed` it uses memory in
 * that case too.
 */
export async function updateRecord(
  context: Context,
  change: Change = (record) => record,
  mustSucceed = false,
): Promise<SharedRecord> {
  try {
    if (!context.isInMemory)
      return (context.record = await abortable(
        timeoutSignal(TIMEOUT),
        context.transact!(context.name, change, () => (context.hasStorage = true)),
      ))
  } catch (error) {
    if (!context.cookies && context.hasStorage && !mustSucceed) throw error
    context.isInMemory = true
  }
  return (context.record = change(context.record))
}
