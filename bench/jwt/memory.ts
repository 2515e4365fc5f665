import { setImmediate } from 'node:timers/promises'
import type { Report } from '../harness/report.ts'
import { expectAccepted } from './cases.ts'
import { sessionAuth, tokensOf } from './tokens.ts'

/** Verifies new tokens, and measures the heap after each tenth. Needs `--expose-gc`. */
export async function memory({ tokens }: { tokens: number }): Promise<Report> {
  const auth = sessionAuth()
  const heaps: number[] = []
  const parts = 10
  for (let part = 0; part <= parts; part++) {
    // The part before the first one fills the caches.
    for (let left = tokens / parts; left > 0; left -= 10_000) {
      for (const token of await tokensOf(auth, Math.min(left, 10_000)))
        expectAccepted(auth.checkToken(token))
      await setImmediate()
    }
    globalThis.gc!()
    if (part > 0) heaps.push(process.memoryUsage().heapUsed / 2 ** 20)
  }
  const [first, second] = [heaps.slice(0, parts / 2), heaps.slice(parts / 2)]
  return {
    title: `Memory over ${tokens.toLocaleString('en-US')} distinct tokens`,
    note:
      'The heap after a full garbage collection, in each tenth of the run, after one tenth to ' +
      'warm up. It includes a memory store with one session for each 10,000 tokens.',
    table: {
      head: ['tenth', 'heap in MiB'],
      rows: heaps.map((heap, at) => [String(at + 1), heap.toFixed(1)]),
    },
    goals: [
      {
        name: 'largest heap of the second half minus the smallest of the first',
        value: Math.max(...second) - Math.min(...first),
        limit: 1,
        unit: ' MiB',
      },
    ],
  }
}
