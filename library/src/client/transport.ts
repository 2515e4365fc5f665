import type { TokenResponse } from '../protocol.ts'
import type { MarkerCookie } from './internal/session-cookie.ts'
import type { Keys } from './internal/record.ts'

/** How the tokens travel: the whole difference between the two modes. */
export interface Transport {
  /** The tokens are script's to keep and to send. */
  readonly bearer: boolean
  /** The header of a request of the session, and what stands in it before the key. */
  readonly header: string
  readonly scheme: string
  /** The codes of the refresh route after which nobody is signed in here. */
  readonly ends: readonly string[]
  /** What is to be kept of an answer; nothing where the tokens are missing. */
  keysIn(tokens: TokenResponse): Keys | undefined
  /** The session's readable cookie, where there is one and this page can see it. */
  readonly marker?: MarkerCookie | undefined
}
