import { expect } from 'vitest'
import type { TestServer } from './server.ts'

type AuthEvent = Parameters<TestServer['services']['audit']['recordSession']>[0]

const AT = Date.UTC(2026, 5, 1, 12)

/** The life of a session in order. Several events share a millisecond, as with a fast client. */
const LIFE: ReadonlyArray<Pick<AuthEvent, 'type' | 'at' | 'generation'>> = [
  { type: 'signed-in', at: AT, generation: 0 },
  { type: 'repeated', at: AT, generation: 0 },
  { type: 'refreshed', at: AT + 1, generation: 1 },
  { type: 'repeated', at: AT + 1, generation: 1 },
  { type: 'refreshed', at: AT + 1, generation: 2 },
  { type: 'recovered', at: AT + 2, generation: 4 },
  // Ended with all other sessions: the library does not know the generation.
  { type: 'signed-out', at: AT + 2, generation: null },
]

/** Records events in several wrong orders and expects to read each session in the right one. */
export async function expectEventsInOrder({ services }: TestServer): Promise<void> {
  const { audit } = services
  const orders = [LIFE, LIFE.toReversed(), ...LIFE.map((_event, index) => rotatedBy(index))]
  for (const [index, order] of orders.entries()) {
    const sessionId = `session-${index}`
    for (const event of order)
      await audit.recordSession({ ...event, sessionId, identity: 'ada', device: {} })
    const events = await audit.eventsOf(sessionId)
    expect(events.map(({ type, at, generation }) => ({ type, at, generation }))).toEqual(
      LIFE.map(({ type, at, generation }) => ({
        type,
        at: new Date(at).toISOString(),
        generation: generation ?? 4,
      })),
    )
  }
}

const rotatedBy = (count: number) => [...LIFE.slice(count), ...LIFE.slice(0, count)]
