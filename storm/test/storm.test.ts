import { afterAll, describe, expect, test } from 'vitest'
import {
  findViolations,
  formatScore,
  latchkeyStack,
  runStorm,
  type Score,
  type StormOptions,
} from 'latchkey-storm'
import { STORE_LAUNCHERS } from '../cli/launch-stores.ts'
import { simpleStack, type Rule } from './simple-stack.ts'

const scores: string[] = []
afterAll(() => void process.stdout.write(`${scores.join('\n\n')}\n`))

/** A short storm with more faults: everything that happens in a long one happens in it. */
const SHORT: Partial<StormOptions> = {
  seed: 20_401,
  refreshes: 3000,
  browsers: 60,
  thefts: 0.03,
  signOuts: 0.01,
  outages: 400,
}

/** Database servers are slower: fewer refreshes, and more of them at once. */
const SHORT_ON_SERVER: Partial<StormOptions> = {
  refreshes: 400,
  browsers: 100,
  thefts: 0.1,
  tick: 1000,
  outages: 120,
}

describe.each(Object.entries(STORE_LAUNCHERS))('the storm on %s', async (name, launcher) => {
  const launched = await launcher.launch(3)
  afterAll(async () => launched?.close())
  const isLocal = name === 'memory' || name === 'sqlite'

  async function run(options: Partial<StormOptions>): Promise<Score> {
    const score = await runStorm((now) => latchkeyStack({ name, stores: launched!.stores, now }), {
      ...SHORT,
      ...(isLocal ? {} : SHORT_ON_SERVER),
      ...options,
    })
    scores.push(formatScore(score))
    return score
  }

  test.skipIf(launched === null)(
    'Latchkey: no honest sign-out, no fork, every thief is found',
    { timeout: 120_000 },
    async () => {
      const score = await run({})
      expect(findViolations(score)).toEqual([])
      expect(score.thefts.token.found + score.thefts.profile.found).toBeGreaterThan(5)
      const { repeats, recoveries, signOuts, faults } = score
      if (isLocal)
        for (const count of [repeats, recoveries, signOuts, ...Object.values(faults)])
          expect(count).toBeGreaterThan(0)
    },
  )

  // Without attempts, a browser that restarts with an older cookie cannot be told from a thief.
  test.skipIf(launched === null)(
    'Latchkey with a client without attempts: no honest sign-out unless a browser crashes',
    { timeout: 120_000 },
    async () => {
      const options: Partial<StormOptions> = {
        attempts: false,
        crashes: 0,
        refreshes: isLocal ? 1000 : 300,
      }
      expect(findViolations(await run(options), options)).toEqual([])
    },
  )
})

test('the same seed: two storms have the same score', async () => {
  const run = async (): Promise<Score> => {
    const launched = (await STORE_LAUNCHERS['memory']!.launch(2))!
    return runStorm((now) => latchkeyStack({ stores: launched.stores, now }), {
      ...SHORT,
      refreshes: 1000,
    })
  }
  const [first, second] = [await run(), await run()]
  expect({ ...first, seconds: 0 }).toEqual({ ...second, seconds: 0 })
})

describe('the storm on stacks with a simpler rule for replaced refresh tokens', () => {
  const run = async (rule: Rule): Promise<Score> => {
    const score = await runStorm((now) => simpleStack(rule, now), SHORT)
    scores.push(formatScore(score))
    return score
  }

  test('never replaced: no honest sign-out, and no theft is found', async () => {
    const { honestSignOuts, forks, thefts } = await run('never replaced')
    expect({ honestSignOuts, forks, found: thefts.token.found }).toEqual({
      honestSignOuts: 0,
      forks: 0,
      found: 0,
    })
    expect(thefts.token.missed).toBeGreaterThan(10)
  })

  test('reuse ends the session: thefts are found, and honest users are signed out', async () => {
    const { honestSignOuts, thefts, forks } = await run('reuse ends the session')
    expect(honestSignOuts).toBeGreaterThan(100)
    expect({ missed: thefts.token.missed, forks }).toEqual({ missed: 0, forks: 0 })
  })

  test('reuse is refused: thieves who refresh first stay, and owners are signed out', async () => {
    const { honestSignOuts, thefts } = await run('reuse is refused')
    expect(honestSignOuts).toBeGreaterThan(100)
    expect(thefts.token.missed).toBeGreaterThan(0)
  })

  test('another token within the grace: sessions fork', async () => {
    const { honestSignOuts, forks } = await run(
      'another token within 30 s, then reuse ends the session',
    )
    expect(honestSignOuts).toBeGreaterThan(0)
    expect(forks).toBeGreaterThan(10)
  })
})
