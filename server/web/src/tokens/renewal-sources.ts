import type { ClientEvent } from 'latchkey/client'
import type { Texts } from '../../../src/shared/locales/en.ts'

/** A renewal that this browser knows of. */
export type RenewalSource = Pick<ClientEvent, 'by' | 'why'>

const WHY: Readonly<Record<string, keyof Omit<Texts['requestedBy'], 'other'>>> = {
  start: 'start',
  timer: 'timer',
  request: 'request',
  refused: 'request',
  asked: 'button',
}

/** Who asked, in words. */
export function sourceText({ by, why }: RenewalSource, text: Texts): string {
  if (by === 'another tab') return text.requestedBy.anotherTab
  return text.requestedBy[(why !== undefined && Object.hasOwn(WHY, why) && WHY[why]) || 'thisTab']
}

/**
 * Brings together what the server tells of a generation and what this browser knows of it; either may come first.
 * The server's word is given as a way to name its asker, the browser's as an ask.
 */
export function matchSources(): {
  told(generation: number, name: (ask: RenewalSource) => void): void
  asked(generation: number, ask: RenewalSource): void
} {
  const waiting = new Map<number, Array<(ask: RenewalSource) => void>>()
  const early = new Map<number, RenewalSource[]>()
  return {
    told(generation, name) {
      const ask = early.get(generation)?.shift()
      if (ask === undefined) push(waiting, generation, name)
      else name(ask)
    },
    asked(generation, ask) {
      const name = waiting.get(generation)?.shift()
      if (name === undefined) push(early, generation, ask)
      else name(ask)
    },
  }
}

/** More than this many generations ago nothing is expected any more. */
const KEPT = 16

function push<T>(lists: Map<number, T[]>, generation: number, item: T): void {
  lists.set(generation, [...(lists.get(generation) ?? []), item])
  for (const old of lists.keys()) if (old < generation - KEPT) lists.delete(old)
}
