import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { End, Rotation, Session, Store } from '../../core/store.ts'

/** Test bodies by title. `reopen` closes the store and opens what it has stored again. */
export type Cases = Record<
  string,
  (tools: { store: Store; reopen(): Promise<Store> }) => Promise<void>
>

/** The instant at which every test happens, in milliseconds since 1970. */
export const NOW = Date.UTC(2026, 10, 23, 12)
export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE

export const newId = (): string => randomBytes(16).toString('base64url')

/** A session that was created at `NOW`, with these fields replaced. */
export function sessionWith(fields: Partial<Session> = {}): Session {
  return {
    id: newId(),
    identity: 'ada',
    generation: 0,
    attempt: null,
    used: false,
    issuedAt: NOW,
    createdAt: NOW,
    idleEndsAt: NOW + 30 * DAY,
    endsAt: NOW + 90 * DAY,
    rotates: true,
    claims: {},
    device: {},
    end: null,
    ...fields,
  }
}

/** The rotation to a generation, at that many minutes after `NOW`. */
export function rotationTo(generation: number, fields: Partial<Rotation> = {}): Rotation {
  const issuedAt = NOW + generation * MINUTE
  const device = { userAgent: `browser ${generation}` }
  return {
    generation,
    attempt: `attempt ${generation}`,
    issuedAt,
    idleEndsAt: issuedAt + 30 * DAY,
    device,
    ...fields,
  }
}

export const endAt = (at: number, fields: Partial<End> = {}): End => ({
  at,
  reason: 'signed-out',
  details: null,
  ...fields,
})

/** Creates a session in the store and returns it. */
export async function createIn(store: Store, fields: Partial<Session> = {}): Promise<Session> {
  const session = sessionWith(fields)
  await store.create(session)
  return session
}

/** All sessions of an identity, live and ended, newest first, read in pages. */
export async function listAll(store: Store, identity: string, limit = 100): Promise<Session[]> {
  const all: Session[] = []
  for (const ended of [false, true]) {
    let after: Session | null = null
    for (;;) {
      const page: Session[] = await store.list(identity, {
        ended,
        order: 'newest-first',
        limit,
        after,
      })
      all.push(...page)
      after = page.at(-1) ?? null
      if (page.length < limit) break
    }
  }
  return all.sort((a, b) => b.createdAt - a.createdAt)
}

/** Asserts that the stored session equals this one. */
export async function assertStored(store: Store, session: Session): Promise<void> {
  assert.deepEqual(await store.read(session.id), session)
}
