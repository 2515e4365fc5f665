import type { Device } from 'latchkey/protocol'
import type { Facts, Log } from '../log.ts'
import type { AccountEvent, Audit } from './audit.ts'

/** Refusals happen as often as an attacker likes, so they are counted and logged, not recorded. */
export interface RefusalEvent {
  type: 'sign-in-limited' | 'registration-limited'
  identity: null
  device: Device
}

/** Logs and counts an event of an account, and records it. Rejects if the database fails. */
export type ReportAccountEvent = (event: AccountEvent | RefusalEvent) => Promise<void>

interface Targets {
  audit: Audit
  log: Log
  /** How often each type of event happened. */
  counts: Map<string, number>
  /** What the log says about a client. */
  clientFacts: (device: Device) => Facts
}

export function accountEvents({ audit, log, counts, clientFacts }: Targets): ReportAccountEvent {
  return async (event) => {
    const { type, identity, device } = event
    counts.set(type, (counts.get(type) ?? 0) + 1)
    log('info', type, { ...(identity !== null && { identity }), ...clientFacts(device) })
    if (!isRefusal(event)) await audit.recordAccount(event)
  }
}

const isRefusal = (event: AccountEvent | RefusalEvent): event is RefusalEvent =>
  event.type === 'sign-in-limited' || event.type === 'registration-limited'
