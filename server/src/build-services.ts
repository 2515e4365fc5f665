import { createAuth, type AuthEvent, type SessionEvent } from 'latchkey'
import { loadAssets } from './http/assets.ts'
import type { Audit } from './sessions/audit.ts'
import { allowedOrigins, publicOrigin, type Config } from './cli/config.ts'
import type { Data } from './data/data.ts'
import { deviceCookies } from './http/device-cookie.ts'
import { deriveKeys, type Keys } from './keys.ts'
import { errorFacts, type Log } from './log.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { Services } from './services.ts'
import { createStreams, type Streams } from './sessions/streams.ts'
import { createThrottle } from './accounts/throttle.ts'
import { inTurns } from './work-queue.ts'

export interface Parts {
  config: Config
  /** The port that the server listens on. */
  port: number
  keys: Keys
  data: Data
  passwords: Passwords
  log: Log
  now: () => number
}

/** Attempts at one account that may wait for the one before them. */
const WAITING = 64

/** Puts the server together. It does not wait for anything, so that no request can come before its end. */
export function buildServices({ config, port, keys, data, passwords, log, now }: Parts): Services {
  const { sessions: store, users, counters, audit } = data
  const https = publicOrigin(config, port).startsWith('https:')
  const streams = createStreams()
  const counts = new Map<string, number>()
  const auth = createAuth({
    secret: keys.secrets,
    keys: keys.keys,
    store,
    accessLifetime: config.accessLifetime,
    idleLifetime: config.idleLifetime,
    absoluteLifetime: config.absoluteLifetime,
    grace: config.grace,
    origins: allowedOrigins(config, port),
    // Browsers drop `Secure` cookies on http; Safari does so even on localhost.
    dangerouslyInsecureCookies: !https,
    onEvent: eventListener({ audit, streams, log, counts }),
    now,
  })
  return {
    config,
    https,
    auth,
    passwords,
    audit,
    counts,
    streams,
    log,
    now,
    users,
    throttle: createThrottle(counters, deriveKeys(keys, 'throttle')[0]!, now),
    inTurn: inTurns(WAITING),
    devices: deviceCookies(deriveKeys(keys, 'device cookie')),
    assets: loadAssets(),
  }
}

/** After these a session is over. */
const ENDS: ReadonlySet<AuthEvent['type']> = new Set(['reused', 'signed-out', 'expired'])

/** Writes down what happens to sessions and tells their open pages. It must not throw: what it listens to has happened already. */
function eventListener({
  audit,
  streams,
  log,
  counts,
}: {
  audit: Audit
  streams: Streams
  log: Log
  counts: Map<string, number>
}): (event: AuthEvent) => void {
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
    })
    void record(event)
  }

  async function record(event: SessionEvent): Promise<void> {
    const { type, sessionId } = event
    try {
      streams.tell(sessionId, await audit.session(event))
    } catch (error) {
      log('error', 'event-not-recorded', errorFacts(error))
    }
    if (ENDS.has(type)) streams.end(sessionId)
  }
}
