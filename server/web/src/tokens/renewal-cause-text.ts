import type { ClientEvent } from 'latchkey/client'
import type { Texts } from '../../../src/shared/locales/en.ts'

/** Which tab made a renewal, and why. */
export type RenewalSource = Pick<ClientEvent, 'by' | 'why'>

const CAUSES: Readonly<Record<string, keyof Omit<Texts['requestedBy'], 'other'>>> = {
  start: 'start',
  timer: 'timer',
  request: 'request',
  refused: 'request',
  asked: 'button',
}

export function sourceText({ by, why }: RenewalSource, text: Texts): string {
  if (by === 'another tab') return text.requestedBy.anotherTab
  const cause = why !== undefined && Object.hasOwn(CAUSES, why) ? CAUSES[why] : undefined
  return text.requestedBy[cause ?? 'thisTab']
}

/**
 * Matches events of the server with renewals that this browser knows of, by their generation. The
 * two arrive in either order.
 */
export interface SourceMatcher {
  /** An event of the server. `onSource` is called once, as soon as the source is known. */
  addEvent(generation: number, onSource: (source: RenewalSource) => void): void
  /** A renewal of this browser. */
  addSource(generation: number, source: RenewalSource): void
}

export function createSourceMatcher(): SourceMatcher {
  const waiting = new Map<number, Array<(source: RenewalSource) => void>>()
  const unmatched = new Map<number, RenewalSource[]>()
  return {
    addEvent(generation, onSource) {
      const source = unmatched.get(generation)?.shift()
      if (source === undefined) push(waiting, generation, onSource)
      else onSource(source)
    },
    addSource(generation, source) {
      const onSource = waiting.get(generation)?.shift()
      if (onSource === undefined) push(unmatched, generation, source)
      else onSource(source)
    },
  }
}

/** Entries that are more than this many generations old are dropped. */
const MAX_AGE = 16

function push<T>(lists: Map<number, T[]>, generation: number, item: T): void {
  lists.set(generation, [...(lists.get(generation) ?? []), item])
  for (const old of lists.keys()) if (old < generation - MAX_AGE) lists.delete(old)
}
