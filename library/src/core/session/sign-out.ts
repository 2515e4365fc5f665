import type { Device, EndReason, SignOutDetails } from '../../protocol.ts'
import type { SessionContext } from './context.ts'
import { sessionEvent } from './events.ts'

/**
 * Ends one session, on disk before it answers; `device` is who asked for it. False where it had ended before or is unknown. Throws what
 * the store throws.
 */
export async function signOut(
  { settings, store }: SessionContext,
  sessionId: string,
  reason: EndReason = 'signed-out',
  device?: Device,
): Promise<boolean> {
  const at = settings.now()
  const row = await store.read(sessionId)
  if (row === null || !(await store.end(sessionId, { at, reason, details: storyOf(device) })))
    return false
  settings.onEvent({ ...sessionEvent('signed-out', at, row, device ?? {}), reason })
  return true
}

export interface SignOutEverywhereOptions {
  /** A session to leave alone: the one that asks. */
  except?: string
  reason?: EndReason
  /** Who asks. */
  device?: Device
}

/** Ends every session of an identity, on disk before it answers. Answers how many. Throws what the store throws. */
export async function signOutEverywhere(
  { settings, store }: SessionContext,
  identity: string,
  { except, reason = 'signed-out-everywhere', device }: SignOutEverywhereOptions = {},
): Promise<number> {
  const at = settings.now()
  const ended = await store.endAll(identity, except ?? null, {
    at,
    reason,
    details: storyOf(device),
  })
  for (const sessionId of ended) {
    settings.onEvent({
      type: 'signed-out',
      at,
      sessionId,
      identity,
      generation: null,
      device: device ?? {},
      reason,
    })
  }
  return ended.length
}

const storyOf = (device: Device | undefined): SignOutDetails | null =>
  device === undefined ? null : { device }
