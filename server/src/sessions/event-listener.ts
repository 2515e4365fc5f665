import type { AuthEvent, SessionEvent } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { errorFacts, type Facts, type Log } from '../log.ts'
import type { Audit } from './audit.ts'
import { isEnd } from './event-types.ts'
import type { Streams } from './streams.ts'

interface Targets {
  audit: Audit
  streams: Streams
  log: Log
  /** How often each type of event happened. */
  counts: Map<string, number>
  /** What the log says about a client. */
  clientFacts: (device: Device) => Facts
}

/**
 * Returns a listener that logs and counts each event, records those of sessions, and sends them to
 * the open streams of the session. It never throws: the events have already happened.
 */
export function eventListener(targets: Targets): (event: AuthEvent) => void {
  const { log, counts } = targets
  /** The last recording of each session. The next one waits for it, to send events in order. */
  const pending = new Map<string, Promise<void>>()

  function enqueue(event: SessionEvent): void {
    const { sessionId } = event
    const previous = pending.get(sessionId) ?? Promise.resolve()
    const recording = previous.then(() => recordAndSend(targets, event))
    pending.set(sessionId, recording)
    void recording.finally(() => {
      if (pending.get(sessionId) === recording) pending.delete(sessionId)
    })
  }

  return (event) => {
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
    if (event.type === 'token-refused') return log('info', event.type, { reason: event.reason })
    if ('cause' in event) return log('error', 'database-failed', errorFacts(event.cause))
    const { type, sessionId, identity, generation, reason } = event
    log(type === 'reused' ? 'warning' : 'info', type, {
      session: sessionId,
      identity,
      generation,
      reason,
      ...targets.clientFacts(event.device),
    })
    enqueue(event)
  }
}

async function recordAndSend({ audit, streams, log }: Targets, event: SessionEvent): Promise<void> {
  const { type, sessionId } = event
  try {
    streams.send(sessionId, await audit.recordSession(event))
  } catch (error) {
    log('error', 'event-not-recorded', errorFacts(error))
  }
  if (isEnd(type)) streams.end(sessionId)
}
