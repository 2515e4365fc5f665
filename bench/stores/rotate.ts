import type { Session, Store } from 'latchkey'

/** Rotates sessions in turn, `atOnce` at a time, for `seconds`. Returns rotations per second. */
export async function rotateFor(
  store: Store,
  chains: Session[],
  atOnce: number,
  seconds: number,
): Promise<number> {
  const start = performance.now()
  const until = start + seconds * 1000
  let done = 0
  /** Each concurrent caller has its own sessions. */
  const lane = async (first: number): Promise<void> => {
    for (
      let at = first;
      performance.now() < until;
      at = at + atOnce < chains.length ? at + atOnce : first
    ) {
      const row = chains[at]!
      const next = {
        generation: row.generation + 1,
        attempt: 'AAAAAAAAAAAAAAAAAAAAAA',
        issuedAt: row.issuedAt + 1,
        idleEndsAt: row.idleEndsAt + 1,
        device: row.device,
      }
      if (!(await store.rotate(row.id, row, next))) throw new Error('not rotated')
      chains[at] = { ...row, ...next }
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, first) => lane(first)))
  return done / ((performance.now() - start) / 1000)
}
