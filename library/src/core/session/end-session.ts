import type { End, Session } from '../store.ts'
import type { SessionContext } from './context.ts'

/** Whether a session ended by this very call. */
export const isEndedBy = ({ at, reason }: End, { end }: Session): boolean =>
  end !== null && end.at === at && end.reason === reason

/**
 * Ends a live session. Resolves to false if there is none with this id. If the store fails, rejects
 * with its error; `tell` is then called if the session turns out to have ended all the same.
 */
export async function endSession(
  { store, unconfirmedWrites }: SessionContext,
  sessionId: string,
  end: End,
  tell: (row: Session) => void,
): Promise<boolean> {
  const write = {
    find: async () => [await store.read(sessionId)],
    isDone: (row: Session) => isEndedBy(end, row),
    tell,
  }
  return unconfirmedWrites.watch(write, () => store.end(sessionId, end))
}
