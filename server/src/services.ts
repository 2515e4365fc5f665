import type { SessionAuth } from 'latchkey'
import type { CredentialServices } from './accounts/credentials.ts'
import type { Config } from './cli/settings.ts'
import type { Assets } from './http/assets.ts'
import type { ExpectedOrigin } from './http/origin-check.ts'
import type { Counts } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import type { Audit } from './sessions/audit.ts'
import type { Streams } from './sessions/streams.ts'

/** What the routes use. */
export interface Services extends CredentialServices {
  config: Config
  /** True if the public origin is https: cookies are `Secure`, and pages send HSTS. */
  https: boolean
  expectedOrigin: ExpectedOrigin
  /** The claim `iss` of access tokens. */
  issuer: string
  auth: SessionAuth
  /** How often each event happened in this process. */
  counts: Counts
  streams: Streams
  audit: Audit
  assets: Assets
  readiness: Readiness
}
