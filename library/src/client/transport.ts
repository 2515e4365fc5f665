import type { TokenAnswer } from '../protocol.ts'
import type { Marker } from './marker.ts'
import type { Keys } from './record.ts'

/** How the tokens travel: the whole difference between the two modes. */
export interface Transport {
  /** The tokens are script's to keep and to send. */
  readonly bearer: boolean
  /** The header of a request of the session, and what stands in it before the key. */
  readonly header: string
  readonly scheme: string
  /** What a sign-in asks for beside the person's own words. */
  readonly asks: Readonly<Record<string, string>>
  /** The codes of the refresh route after which nobody is signed in here. */
  readonly ends: readonly string[]
  /** What is to be kept of an answer; nothing where the tokens are missing. */
  keys(tokens: TokenAnswer): Keys | undefined
  /** Whether the caller has dressed the request himself. */
  declines(headers: HeadersInit | undefined, credentials: RequestCredentials | undefined): boolean
  /** The session's readable cookie, and how it is sent away. */
  readMarker(): Marker | null
  eraseMarker(): void
}
