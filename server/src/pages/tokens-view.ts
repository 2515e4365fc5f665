import type { SessionDescription } from '../sessions/event-types.ts'
import type { PageView } from './layout.ts'

/** What the tokens page shows. */
export interface TokensView extends PageView {
  /** Milliseconds since 1970. */
  now: number
  /** The same as `GET /session` returns. */
  session: SessionDescription
}
