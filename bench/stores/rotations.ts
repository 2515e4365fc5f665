import type { Session, Store } from 'latchkey'

/** Rotates a session to its next generation in the store, and returns it. */
export async function rotate(store: Store, session: Session): Promise<Session> {
  const next = {
    generation: session.generation + 1,
    attempt: 'AAAAAAAAAAAAAAAAAAAAAA',
    issuedAt: session.issuedAt + 1,
    idleEndsAt: session.idleEndsAt + 1,
    device: session.device,
  }
  if (!(await store.rotate(session.id, session, next))) throw new Error('not rotated')
  return { ...session, ...next }
}

/**
 * Rotates the sessions in turn, `atOnce` at a time, for some seconds, and updates the array.
 * Returns rotations per second.
 */
export async function rotationRate(
  store: Store,
  sessions: Session[],
  atOnce: number,
  seconds: number,
): Promise<number> {
  const start = performance.now()
  const until = start + seconds * 1000
  let done = 0
  /** One concurrent caller, with sessions of its own. */
  const caller = async (first: number): Promise<void> => {
    let at = first
    for (; performance.now() < until; done++) {
      sessions[at] = await rotate(store, sessions[at]!)
      at = at + atOnce < sessions.length ? at + atOnce : first
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, first) => caller(first)))
  return done / ((performance.now() - start) / 1000)
}

/** Creates the sessions, several at a time. */
export async function createAll(
  store: Store,
  sessions: readonly Session[],
  atOnce = 500,
): Promise<void> {
  for (let from = 0; from < sessions.length; from += atOnce)
    await Promise.all(
      sessions.slice(from, from + atOnce).map(async (session) => store.create(session)),
    )
}
