import type { State } from './state.ts'

/** Before anybody has looked. It is what a server renders, and what the page that it rendered begins with. */
export const UNKNOWN: State = Object.freeze({ status: 'unknown', sessionId: null, generation: null, reason: null, reachable: true })
