import type { SessionAuth } from 'latchkey'
import type { Assets } from './http/assets.ts'
import type { Audit } from './sessions/audit.ts'
import type { Config } from './cli/config.ts'
import type { DeviceCookies } from './http/device-cookie.ts'
import type { Counts } from './metrics.ts'
import type { Log } from './log.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { Streams } from './sessions/streams.ts'
import type { Throttle } from './accounts/throttle.ts'
import type { Users } from './accounts/users.ts'

/** What the routes work with. */
export interface Services {
  config: Config
  /** The public address is https: cookies are `Secure`, and browsers are told to stay with it. */
  https: boolean
  auth: SessionAuth
  users: Users
  passwords: Passwords
  throttle: Throttle
  /** Lets the attempts at one account come one after the other; null where too many are waiting. */
  inTurn: <T>(key: string, work: () => Promise<T>) => Promise<T> | null
  devices: DeviceCookies
  audit: Audit
  counts: Counts
  streams: Streams
  assets: Assets
  log: Log
  /** Milliseconds since 1970. */
  now: () => number
}
