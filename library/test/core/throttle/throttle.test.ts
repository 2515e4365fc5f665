import { createAuth } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { expect, test } from 'vitest'
import type { SignInTry } from '../../../src/core/throttle/throttle.ts'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND
const HOME = '192.0.2.1'

/** A throttle with a clock that stands still until it is moved. */
function setUp(options: Partial<Parameters<typeof createAuth>[0]> = {}) {
  const clock = { now: Date.UTC(2026, 10, 23, 12) }
  const auth = createAuth({
    secret: 'a secret of more than thirty-two bytes',
    store: memoryStore(),
    now: () => clock.now,
    ...options,
  })
  const { throttle } = auth
  const counts = { checked: 0 }
  /** `in`, `wrong`, or the seconds to wait. */
  const trySignIn = async (who: SignInTry, isRight: boolean) => {
    const result = await throttle.signIn(who, async () => {
      counts.checked++
      return isRight ? 'in' : null
    })
    return result.ok ? (result.value ?? 'wrong') : result.retryAfter
  }
  return {
    throttle,
    clock,
    counts,
    fail: (account: string, address?: string, device?: string) =>
      trySignIn({ account, address, device }, false),
    succeed: (account: string, address?: string, device?: string) =>
      trySignIn({ account, address, device }, true),
  }
}

/** Fails as often as possible until there is no other try: waits for each delay. */
async function failUntilBlocked(
  { clock, counts }: ReturnType<typeof setUp>,
  fail: (index: number) => Promise<unknown>,
): Promise<number> {
  const before = counts.checked
  for (let index = 0; index < 1000; index++) {
    const wait = await fail(index)
    if (typeof wait !== 'number') continue
    if (wait > 2 * 60 * 60) break
    clock.now += wait * SECOND
  }
  return counts.checked - before
}

test('account: the fifth failure delays the next by a second, others double it', async () => {
  const { fail, clock } = setUp()
  for (let index = 0; index < 5; index++) expect(await fail('ada')).toBe('wrong')
  const waits = []
  for (let index = 0; index < 14; index++) {
    const wait = Number(await fail('ada'))
    waits.push(wait)
    clock.now += wait * SECOND
    expect(await fail('ada')).toBe('wrong')
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600])
})

test('account: spellings that a database may treat as equal share a counter', async () => {
  const { fail, succeed } = setUp()
  for (const name of ['ada', 'ADA', ' ada', 'àda', 'ａｄａ']) await fail(name)
  expect(await succeed('Ada')).toBe(1)
  expect(await succeed('adam')).toBe('in')
})

test('account: a success sets its counter to 0', async () => {
  const { fail, succeed } = setUp()
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 4; index++) await fail('ada')
    expect(await succeed('ada')).toBe('in')
  }
})

test('account: from ever new addresses, at most 100 failures are checked in a year', async () => {
  const setup = setUp()
  const checked = await failUntilBlocked(setup, (index) =>
    setup.fail('ada', `198.51.${index % 256}.${Math.floor(index / 256)}`),
  )
  expect(checked).toBe(100)
  setup.clock.now += 364 * DAY
  expect(await setup.succeed('ada', '203.0.113.1')).toBeGreaterThan(0)
})

test('account: after 100 failures only known devices or places sign in', async () => {
  const setup = setUp()
  const { fail, succeed, throttle } = setup
  await succeed('ada', HOME)
  await failUntilBlocked(setup, (index) => fail('ada', `198.51.100.${index % 256}`))
  expect(await succeed('ada', HOME)).toBe('in')
  expect(await succeed('ada', '203.0.113.1', 'phone')).toBe('in')
  expect(await succeed('ada', '203.0.113.2')).toBeGreaterThan(DAY / SECOND)
  await throttle.reset('ADA')
  expect(await succeed('ada', '203.0.113.2')).toBe('in')
})

test('account: a success on a known device gives strangers no further tries', async () => {
  const { fail, succeed } = setUp()
  await succeed('ada', HOME)
  for (let index = 0; index < 5; index++) await fail('ada', `198.51.100.${index}`)
  await succeed('ada', HOME)
  await succeed('ada', '203.0.113.9', 'phone')
  expect(await fail('ada', '198.51.100.99')).toBe(1)
})

test('known device: its failures are counted by it alone, and are bounded too', async () => {
  const setup = setUp()
  const { fail, succeed, counts } = setup
  const checked = await failUntilBlocked(setup, () => fail('ada', HOME, 'phone'))
  // 100 on the device, and then as many as the account has for strangers.
  expect(checked).toBe(200)
  expect(await succeed('ada', HOME, 'tablet')).toBe('in')
  expect(counts.checked).toBe(201)
})

test('known place: after 100 failures in a row it is counted as any other address', async () => {
  const setup = setUp()
  const { fail, succeed } = setup
  await succeed('ada', HOME)
  const checked = await failUntilBlocked(setup, () => fail('ada', HOME))
  expect(checked).toBeLessThanOrEqual(200)
})

test('known place: it is one of that account only', async () => {
  const { fail, succeed } = setUp()
  await succeed('mallory', HOME)
  for (let index = 0; index < 5; index++) await fail('ada', HOME)
  expect(await fail('ada', HOME)).toBe(1)
  expect(await succeed('mallory', HOME)).toBe('in')
})

test('known place: a name in two fields must be known together', async () => {
  const { throttle } = setUp()
  const check = (account: string[], value: string | null) =>
    throttle.signIn({ account, address: HOME }, async () => value)
  await check(['mallory'], 'in')
  for (let index = 0; index < 5; index++) await check([`mallory${index}`, 'ada'], null)
  expect(await check(['mallory', 'ada'], null)).toMatchObject({ code: 'too_many_attempts' })
})

test('address: the 25th failure of any accounts delays the next', async () => {
  const { fail } = setUp()
  for (let index = 0; index < 25; index++) expect(await fail(`user${index}`, HOME)).toBe('wrong')
  expect(await fail('another', HOME)).toBe(1)
  expect(await fail('another', '192.0.2.2')).toBe('wrong')
})

test('address: 20 people who mistype once and then sign in do not slow down anyone', async () => {
  const { fail, succeed } = setUp()
  for (let round = 0; round < 3; round++) {
    const names = Array.from({ length: 20 }, (_, index) => `user ${round} ${index}`)
    for (const name of names) expect(await fail(name, HOME)).toBe('wrong')
    const results = await Promise.all(names.map(async (name) => succeed(name, HOME)))
    expect(new Set(results)).toEqual(new Set(['in']))
  }
})

test('address: a known account signs in however many others fail there', async () => {
  const { fail, succeed } = setUp()
  await succeed('ada', HOME)
  for (let index = 0; index < 60; index++) {
    await fail(`user${index}`, HOME)
    expect(await succeed('ada', HOME)).toBe('in')
  }
})

test('address: a success of one account gives no further guesses at others', async () => {
  const setup = setUp()
  const { fail, succeed, counts } = setup
  let own = 0
  for (let index = 0; index < 60; index++) {
    await fail(`user${index}`, HOME)
    if ((await succeed('mallory', HOME)) === 'in') own++
    if ((await succeed(`mallory${index}`, HOME)) === 'in') own++
  }
  expect(counts.checked - own).toBeLessThanOrEqual(25)
})

test('address: failures of one account are given back once, not older than an hour', async () => {
  const { fail, succeed, clock } = setUp()
  for (let index = 0; index < 4; index++) await fail('mallory', HOME)
  clock.now += 60 * 60 * SECOND
  for (let index = 0; index < 25; index++) await fail(`user${index}`, HOME)
  clock.now += SECOND
  await succeed('mallory', HOME)
  expect(await fail('another', HOME)).toBe('wrong')
  expect(await fail('another', HOME)).toBe(2)
})

test('address: IPv6 counts by /64, and more generously by /48', async () => {
  const { fail } = setUp()
  for (let index = 0; index < 25; index++) await fail(`a${index}`, `2001:db8:1:2::${index}`)
  expect(await fail('b', '2001:db8:1:2:ffff::1')).toBe(1)
  let checked = 25
  for (let index = 3; index < 200; index++)
    if ((await fail(`c${index}`, `2001:db8:1:${index}::1`)) === 'wrong') checked++
  expect(checked).toBe(100)
  expect(await fail('d', '2001:db8:2::1')).toBe('wrong')
})

test('parallel guesses: exactly the free ones are checked', async () => {
  const { fail, counts } = setUp()
  await Promise.all(Array.from({ length: 80 }, async () => fail('ada')))
  expect(counts.checked).toBe(5)
  await Promise.all(Array.from({ length: 80 }, async (_, index) => fail(`user${index}`, HOME)))
  expect(counts.checked).toBe(5 + 25)
})

test('parallel sign-ins: with the right password none is refused', async () => {
  const { succeed } = setUp()
  const results = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => succeed(`user${index}`, HOME)),
  )
  expect(new Set(results)).toEqual(new Set(['in']))
})

test('a check that throws is not counted', async () => {
  const { throttle, succeed } = setUp()
  for (let index = 0; index < 30; index++)
    await expect(
      throttle.signIn({ account: 'ada', address: HOME }, () => {
        throw new Error('the table of users is away')
      }),
    ).rejects.toThrow('away')
  expect(await succeed('ada', HOME)).toBe('in')
})

test('signInLimits: sets the limits; dangerouslyUnlimitedSignIns switches them off', async () => {
  const strict = setUp({ signInLimits: { account: 1 } })
  await strict.fail('ada')
  expect(await strict.fail('ada')).toBe(1)
  const unlimited = setUp({ dangerouslyUnlimitedSignIns: true })
  for (let index = 0; index < 50; index++) expect(await unlimited.fail('ada', HOME)).toBe('wrong')
  expect(() => setUp({ signInLimits: { failures: 101 } })).toThrow('at most 100')
  expect(() => setUp({ signInLimits: { account: 9, failures: 8 } })).toThrow('at least')
  expect(() => setUp({ signInLimits: { account: 0 } })).toThrow('signInLimits')
})

test('take, clear: tries of another kind have a rule of their own', async () => {
  const { throttle, clock } = setUp()
  const subject = { kind: 'reset', id: 'ada' }
  const rule = { free: 2, firstDelay: SECOND, maxDelay: SECOND, limit: 9, forgetAfter: DAY }
  expect(await throttle.take(subject, rule)).toBe(null)
  expect(await throttle.take(subject, rule)).toBe(null)
  expect(await throttle.take(subject, rule)).toMatchObject({ status: 429, retryAfter: 1 })
  clock.now += SECOND
  expect(await throttle.take(subject, rule)).toBe(null)
  await throttle.clear(subject)
  expect(await throttle.take(subject, rule)).toBe(null)
})
