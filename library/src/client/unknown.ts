import type { State } from './state.ts'

/** What a server renders, and a page that a server rendered begins with: nobody has looked yet. */
export const UNKNOWN: State = Object.freeze({ status: 'unknown', sessionId: null, generation: null, reason: null, reachable: true })
