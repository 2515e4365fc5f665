import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, SECOND, setUp, tokensIn } from '../core/session/setup.ts'
import { SimulatedBrowser, type Event } from './simulated-browser.ts'

/**
 * Long runs chosen at random, always the same ones, with real tokens and the real verbs: what the
 * search does not hold apart, time above all.
 */
const SEED = 20_261_123
const LIFE = 300

const often = ['wait', 'begin', 'serve', 'arrive'] as const
const what = fc.constantFrom<Event[0]>(
  ...often,
  ...often,
  ...often,
  'note',
  'lose',
  'double',
  'crash',
)
const events: fc.Arbitrary<Event[]> = fc.array(fc.tuple(what, fc.nat(20)), {
  minLength: 20,
  maxLength: 200,
  size: 'max',
})
const forYears = { idleLifetime: (3650 * DAY) / SECOND, absoluteLifetime: (3650 * DAY) / SECOND }

test('somebody who does nothing wrong stays signed in', { timeout: 120_000 }, async () => {
  const { auth, clock, eventsOfType } = setUp(undefined, forYears)
  const life = async (happening: Event[]): Promise<void> => {
    const person = new SimulatedBrowser(await auth.signIn('ada'), clock, auth.refresh)
    for (const event of happening) await person.apply(event)
    expect(await auth.refresh(person.jar.refreshToken, person.begin().options)).toMatchObject({
      ok: true,
    })
  }
  await fc.assert(fc.asyncProperty(events, life), { seed: SEED, numRuns: 2000 })
  expect(eventsOfType('reused')).toEqual([])
  for (const type of ['refreshed', 'repeated'] as const)
    expect(eventsOfType(type).length).toBeGreaterThan(3000)
})

interface Theft {
  /** The owner's refreshes before the copy is made. */
  after: number
  /** What lies on the disk is copied too, perhaps with an attempt that is not answered yet. */
  profile: boolean
  pending: boolean
  /**
   * What he does between two of the owner's refreshes: when he asks, in seconds after the last one;
   * with which token; under which attempt.
   */
  asks: Array<{ when: number; newest: boolean; attempt: 'none' | 'own' | 'pending' | 'previous' }>
}
const asks = fc.record({
  when: fc.integer({ min: 31, max: 285 - 31 }),
  newest: fc.boolean(),
  attempt: fc.constantFrom<Theft['asks'][0]['attempt']>('none', 'own', 'pending', 'previous'),
})
const theft: fc.Arbitrary<Theft> = fc.record({
  after: fc.nat(4),
  profile: fc.boolean(),
  pending: fc.boolean(),
  asks: fc.array(asks, { minLength: 5, maxLength: 5 }),
})

test(
  'a thief who keeps outside the grace is found: within one life of an access token after the two have parted',
  { timeout: 120_000 },
  async () => {
    const { auth, clock } = setUp(undefined, { ...forYears, accessLifetime: LIFE })
    const happens = async ({ after, profile, pending, asks }: Theft): Promise<void> => {
      const person = new SimulatedBrowser(await auth.signIn('ada'), clock, auth.refresh)
      const refreshes = async (): Promise<void> => {
        const exchange = person.begin()
        await person.serve(exchange)
        person.arrive(exchange)
        person.note(exchange)
      }
      for (let count = 0; count < after; count++) {
        clock.now += 285 * SECOND
        await refreshes()
      }
      if (pending) person.begin()
      const disk = profile ? { ...person.attempts } : null
      const copied = person.jar.refreshToken
      let newest = copied
      const started = clock.now
      try {
        for (const { when, newest: takesNewest, attempt } of asks) {
          clock.now += when * SECOND
          const shown = {
            none: null,
            own: 'his',
            pending: disk?.pending ?? 'his',
            previous: disk?.previous ?? 'his',
          }[attempt]
          const attempts =
            shown === null ? null : { attempt: shown, previous: disk?.pending ?? null }
          newest = tokensIn(
            await auth.refresh(takesNewest ? newest : copied, { attempts }),
          ).refreshToken
          clock.now += (285 - when) * SECOND
          await refreshes()
        }
      } catch {
        // They part at the next rotation; where a whole profile was copied, at the latest at the
        // next after two more refreshes of the owner.
        expect((clock.now - started) / SECOND).toBeLessThanOrEqual(disk ? 4 * LIFE : LIFE)
        expect(await auth.refresh(newest)).toMatchObject({
          ok: false,
          code: 'refresh_token_reused',
        })
        expect(await auth.refresh(person.jar.refreshToken)).toMatchObject({
          ok: false,
          code: 'refresh_token_reused',
        })
        return
      }
      throw new Error('the thief was not found')
    }
    await fc.assert(fc.asyncProperty(theft, happens), { seed: SEED, numRuns: 1000 })
  },
)
