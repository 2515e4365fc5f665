import type { SessionResponse } from 'latchkey/protocol'
import type { Texts } from '../shared/locales/index.ts'
import type { PageProblem } from '../shared/problem-text.ts'
import type { PageView } from './layout.ts'

/** What the account page shows. */
export interface AccountView extends PageView {
  username: string
  sessions: readonly SessionResponse[]
  /** Asks for the next page of sessions; null on the last one. */
  nextCursor: string | null
  /** Milliseconds since 1970. */
  now: number
  /** The minimum length of a password, in characters. */
  passwordMin: number
  /** What the previous request did. */
  notice?: keyof Texts['account']['notices']
  /** Why the password form was refused. */
  problem?: PageProblem
}
