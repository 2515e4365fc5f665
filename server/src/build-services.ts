import { createAuth } from 'latchkey'
import type { Device } from 'latchkey/protocol'
import { createInvitations } from './accounts/invitations.ts'
import { knownDevices } from './accounts/known-devices.ts'
import type { Passwords } from './accounts/passwords.ts'
import { registrationLimits, sessionLimits } from './accounts/limits.ts'
import { allowedOrigins, publicOrigin } from './cli/config.ts'
import type { Config } from './cli/settings.ts'
import type { Data } from './data/data.ts'
import { loadAssets } from './http/assets.ts'
import { deriveKeys, type Keys } from './keys.ts'
import type { Log } from './log.ts'
import { createReadiness } from './readiness.ts'
import type { Services } from './services.ts'
import { accountEvents } from './sessions/account-events.ts'
import { eventListener } from './sessions/event-listener.ts'
import { createStreams } from './sessions/streams.ts'
import { keyedQueue } from './bounded-queue.ts'

export interface ServiceDeps {
  config: Config
  /** The port that the server listens on. */
  port: number
  keys: Keys
  data: Data
  passwords: Passwords
  log: Log
  /** Milliseconds since 1970. */
  now: () => number
}

/** The claim `client_id` of sessions that no other client has started. */
const FIRST_PARTY_CLIENT = 'latchkey'

/** Sign-in attempts on one account that may wait for the one in progress. */
const MAX_WAITING_ATTEMPTS = 64

/**
 * Connects the parts of the server. Synchronous, because the server is already listening: no
 * request is handled before this has returned.
 */
export function buildServices(deps: ServiceDeps): Services {
  const { config, port, keys, data, passwords, log, now } = deps
  const { sessions: store, users, audit } = data
  const origin = publicOrigin(config, port)
  const https = origin.startsWith('https:')
  const allowed = allowedOrigins(config, port)
  const streams = createStreams()
  const counts = new Map<string, number>()
  const clientFacts = ({ address }: Device) => (config.logAddresses ? { address } : {})
  const auth = createAuth({
    secret: keys.secrets,
    keys: keys.keys,
    store,
    issuer: config.issuer ?? origin,
    audience: config.audience ?? origin,
    // RFC 9068, section 2.2, requires it. Sessions of the pages and of this API have one client.
    claims: () => ({ client_id: FIRST_PARTY_CLIENT }),
    accessLifetime: config.accessLifetime,
    idleLifetime: config.idleLifetime,
    absoluteLifetime: config.absoluteLifetime,
    grace: config.grace,
    ownOrigins: allowed,
    // Browsers drop `Secure` cookies on http; Safari does so even on localhost.
    dangerouslyInsecureCookies: !https,
    onEvent: eventListener({ audit, streams, log, counts, clientFacts }),
    now,
  })
  return {
    config,
    https,
    serviceNames: serviceNames(origin),
    expectedOrigin: { origin, allowed },
    issuer: config.issuer ?? origin,
    auth,
    passwords,
    audit,
    report: accountEvents({ audit, log, counts, clientFacts }),
    counts,
    streams,
    log,
    now,
    users,
    throttle: auth.throttle,
    sessionLimits: sessionLimits(auth.throttle),
    registrationLimits: registrationLimits(auth.throttle),
    attempts: keyedQueue(MAX_WAITING_ATTEMPTS),
    invitations: createInvitations({ keys: deriveKeys(keys, 'invitation'), store, now }),
    devices: knownDevices(deriveKeys(keys, 'device cookie')),
    assets: loadAssets(),
    readiness: createReadiness(data, now),
  }
}

/** The name of the product, and the labels of the host name that are long enough to be words. */
const serviceNames = (origin: string): string[] => [
  'latchkey',
  ...new URL(origin).hostname.split('.').filter((label) => label.length > 3),
]
