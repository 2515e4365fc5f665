import type { Device, EndReason, SignOutDetails } from '../../protocol.ts'
import { liveSessions } from './live-sessions.ts'
import type { Session } from '../store.ts'
import type { SessionContext } from './context.ts'
import { endSession, isEndedBy } from './end-session.ts'
import { sessionEvent } from './events.ts'

/**
 * Ends one session; `device` is the device that signs out. Resolves when the end is on disk: to
 * true, or to false if the session is unknown or had already ended. Rejects with the store's own
 * error.
 */
export async function signOut(
  context: SessionContext,
  sessionId: string,
  reason: EndReason = 'signed-out',
  device?: Device,
): Promise<boolean> {
  const { settings, store } = context
  const now = settings.now()
  const row = await store.read(sessionId)
  // A session whose lifetime is over has ended, though the store does not record it.
  if (row === null || now >= row.idleEndsAt) return false
  const end = { at: endInstant(now, row), reason, details: detailsOf(device) }
  const tell = () =>
    settings.onEvent({ ...sessionEvent('signed-out', now, row, device ?? {}), reason })
  if (!(await endSession(context, sessionId, end, tell))) return false
  tell()
  return true
}

export interface SignOutEverywhereOptions {
  /** The id of a session to keep: usually that of the request. */
  except?: string
  reason?: EndReason
  /** The device that signs out. */
  device?: Device
}

/**
 * Ends every session of an identity. Resolves to the number of sessions that it ended, when the
 * ends are on disk. Rejects with the store's own error.
 */
export async function signOutEverywhere(
  { settings, store, unconfirmedWrites }: SessionContext,
  identity: string,
  { except, reason = 'signed-out-everywhere', device }: SignOutEverywhereOptions = {},
): Promise<number> {
  const now = settings.now()
  const ids: string[] = []
  let at = now
  for await (const row of liveSessions(store, identity)) {
    at = Math.max(at, endInstant(now, row))
    if (row.id !== except) ids.push(row.id)
  }
  const end = { at, reason, details: detailsOf(device) }
  const tell = (sessionId: string) =>
    settings.onEvent({
      type: 'signed-out',
      at: now,
      sessionId,
      identity,
      generation: null,
      device: device ?? {},
      reason,
    })
  const write = {
    find: async () => Promise.all(ids.map(async (id) => store.read(id))),
    isDone: (row: Session) => isEndedBy(end, row),
    tell: ({ id }: Session) => tell(id),
  }
  const ended = await unconfirmedWrites.watch(write, () =>
    store.endAll(identity, except ?? null, end),
  )
  for (const sessionId of ended) tell(sessionId)
  return ended.length
}

/**
 * When a session ends. If a machine whose clock is ahead has issued its tokens, they are valid
 * until that clock's time, and every process must know of the end until then.
 */
export const endInstant = (now: number, { createdAt, issuedAt }: Session): number =>
  Math.max(now, createdAt, issuedAt)

const detailsOf = (device: Device | undefined): SignOutDetails | null =>
  device === undefined ? null : { device }
