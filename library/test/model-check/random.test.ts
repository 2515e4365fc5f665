import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, SECOND, setUp, tokensIn } from '../core/session/setup.ts'
import { SimulatedBrowser, type Event } from './simulated-browser.ts'

/**
 * Long random runs from a fixed seed, with real tokens and the real functions. They cover what the
 * search simplifies, time above all.
 */
const SEED = 20_261_123
/** Seconds. */
const ACCESS_LIFETIME = 300

const frequent = ['wait', 'begin', 'serve', 'arrive'] as const
const what = fc.constantFrom<Event[0]>(
  ...frequent,
  ...frequent,
  ...frequent,
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

test('without a theft, the owner stays signed in', { timeout: 120_000 }, async () => {
  const { auth, clock, eventsOfType } = setUp(undefined, forYears)
  const run = async (events: Event[]): Promise<void> => {
    const browser = new SimulatedBrowser(await auth.signIn('ada'), clock, auth.refresh)
    for (const event of events) await browser.apply(event)
    expect(await auth.refresh(browser.jar.refreshToken, browser.begin().options)).toMatchObject({
      ok: true,
    })
  }
  await fc.assert(fc.asyncProperty(events, run), { seed: SEED, numRuns: 2000 })
  expect(eventsOfType('reused')).toEqual([])
  for (const type of ['refreshed', 'repeated'] as const)
    expect(eventsOfType(type).length).toBeGreaterThan(3000)
})

interface Theft {
  /** How often the owner refreshes before the copy. */
  after: number
  /** Whether the client's record is copied too, and whether it has a pending attempt. */
  profile: boolean
  pending: boolean
  /**
   * The thief's refreshes, one between every two of the owner: seconds since the owner's last one,
   * which token, and which attempt.
   */
  refreshes: Array<{
    when: number
    newest: boolean
    attempt: 'none' | 'own' | 'pending' | 'previous'
  }>
}
const thiefRefresh = fc.record({
  when: fc.integer({ min: 31, max: 285 - 31 }),
  newest: fc.boolean(),
  attempt: fc.constantFrom<Theft['refreshes'][0]['attempt']>('none', 'own', 'pending', 'previous'),
})
const theft: fc.Arbitrary<Theft> = fc.record({
  after: fc.nat(4),
  profile: fc.boolean(),
  pending: fc.boolean(),
  refreshes: fc.array(thiefRefresh, { minLength: 5, maxLength: 5 }),
})

test(
  'a thief who avoids the grace is detected: a token within two lifetimes, a profile within four',
  { timeout: 120_000 },
  async () => {
    const { auth, clock } = setUp(undefined, { ...forYears, accessLifetime: ACCESS_LIFETIME })
    const run = async ({ after, profile, pending, refreshes }: Theft): Promise<void> => {
      const browser = new SimulatedBrowser(await auth.signIn('ada'), clock, auth.refresh)
      const refreshOwner = async (): Promise<void> => {
        const exchange = browser.begin()
        await browser.serve(exchange)
        browser.arrive(exchange)
        browser.note(exchange)
      }
      for (let count = 0; count < after; count++) {
        clock.now += 285 * SECOND
        await refreshOwner()
      }
      if (pending) browser.begin()
      const copiedRecord = profile ? { ...browser.attempts } : null
      const copied = browser.jar.refreshToken
      let newest = copied
      const started = clock.now
      try {
        for (const { when, newest: takesNewest, attempt } of refreshes) {
          clock.now += when * SECOND
          const presented = {
            none: null,
            own: 'theirs',
            pending: copiedRecord?.pending ?? 'theirs',
            previous: copiedRecord?.previous ?? 'theirs',
          }[attempt]
          const attempts =
            presented === null
              ? null
              : { attempt: presented, previous: copiedRecord?.pending ?? null }
          newest = tokensIn(
            await auth.refresh(takesNewest ? newest : copied, { attempts }),
          ).refreshToken
          clock.now += (285 - when) * SECOND
          await refreshOwner()
        }
      } catch {
        // Owner and thief part at the next rotation of the owner, and the thief is detected by the
        // request after it. If the profile was copied, at the latest after two more refreshes of
        // the owner.
        expect((clock.now - started) / SECOND).toBeLessThanOrEqual(
          (copiedRecord ? 4 : 2) * ACCESS_LIFETIME,
        )
        expect(await auth.refresh(newest)).toMatchObject({
          ok: false,
          code: 'refresh_token_reused',
        })
        expect(await auth.refresh(browser.jar.refreshToken)).toMatchObject({
          ok: false,
          code: 'refresh_token_reused',
        })
        return
      }
      throw new Error('the thief was not detected')
    }
    await fc.assert(fc.asyncProperty(theft, run), { seed: SEED, numRuns: 1000 })
  },
)
