import type { Device, EndReason, SignOutDetails } from '../../protocol.ts'
import type { Session } from '../store.ts'
import type { SessionContext } from './context.ts'
import { sessionEvent } from './events.ts'

/**
 * Ends one session; `device` is the device that signs out. Resolves when the end is on disk: to
 * true, or to false if the session is unknown or had already ended. Rejects with the store's own
 * error.
 */
export async function signOut(
  { settings, store }: SessionContext,
  sessionId: string,
  reason: EndReason = 'signed-out',
  device?: Device,
): Promise<boolean> {
  const now = settings.now()
  const row = await store.read(sessionId)
  // A session whose lifetime is over has ended, though the store does not record it.
  if (row === null || now >= row.idleEndsAt) return false
  const at = endInstant(now, row)
  if (!(await store.end(sessionId, { at, reason, details: detailsOf(device) }))) return false
  settings.onEvent({ ...sessionEvent('signed-out', now, row, device ?? {}), reason })
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
  { settings, store }: SessionContext,
  identity: string,
  { except, reason = 'signed-out-everywhere', device }: SignOutEverywhereOptions = {},
): Promise<number> {
  const now = settings.now()
  const at = Math.max(now, ...(await store.list(identity)).map((row) => endInstant(now, row)))
  const end = { at, reason, details: detailsOf(device) }
  const ended = await store.endAll(identity, except ?? null, end)
  for (const sessionId of ended) {
    settings.onEvent({
      type: 'signed-out',
      at: now,
      sessionId,
      identity,
      generation: null,
      device: device ?? {},
      reason,
    })
  }
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
