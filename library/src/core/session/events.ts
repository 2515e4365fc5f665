import type { Device } from '../../protocol.ts'
import type { SessionEvent } from '../events.ts'
import type { Session } from '../store.ts'

/** An event about a session, with the members that every event has. `at` in milliseconds. */
export function sessionEvent(
  type: SessionEvent['type'],
  at: number,
  session: Session,
  device: Device,
): SessionEvent {
  return {
    type,
    at,
    sessionId: session.id,
    identity: session.identity,
    generation: session.generation,
    device,
  }
}

/** Whether two devices differ. A member that one of them lacks does not count as different. */
export const isOtherDevice = (a: Device, b: Device): boolean =>
  differ(a.userAgent, b.userAgent) || differ(a.address, b.address)

const differ = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b
