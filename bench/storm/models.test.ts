/** Each model does what its original is known for, good or bad. */
import { expect, test } from 'vitest'
import { isGiven, type Answer, type Stack } from 'latchkey-storm'
import { auth0 } from './models/auth0.ts'
import { betterAuthOAuth } from './models/better-auth-oauth.ts'
import { hydra } from './models/hydra.ts'
import { modelStack, type Model } from './models/model.ts'
import { supabase } from './models/supabase.ts'
import { supertokens } from './models/supertokens.ts'

let now = 0
const HOUR = 3600
const later = (seconds: number): void => void (now += seconds * 1000)

function begin<Session extends { isOver?: boolean }>(
  model: Model<Session>,
): { stack: Stack; refresh(token: string): Promise<Answer>; first(): Promise<string> } {
  const stack = modelStack(model, () => now)
  return {
    stack,
    refresh: (refresh) => stack.refresh({ cookies: { refresh }, server: 0 }, null),
    first: async () => (await stack.signIn('ada', 0)).set['refresh']!,
  }
}
const tokenIn = ({ set }: Answer): string => set['refresh']!

test('Supabase: a lost answer is asked for again after hours, and a thief one step behind is never found', async () => {
  const { refresh, first } = begin(supabase)
  let owner = await first()
  let thief = owner
  for (let round = 0; round < 20; round++) {
    owner = tokenIn(await refresh(owner))
    later(HOUR)
    const stolen = await refresh(thief)
    expect(isGiven(stolen)).toBe(true)
    thief = tokenIn(stolen)
    expect(thief).toBe(owner)
    later(HOUR)
  }
})

test('Supabase: two steps behind, after the interval, the session ends', async () => {
  const { refresh, first } = begin(supabase)
  const token = await first()
  const second = tokenIn(await refresh(token))
  await refresh(second)
  later(11)
  expect(await refresh(token)).toMatchObject({ ended: true })
  expect(await refresh(second)).toMatchObject({ ended: true })
})

test.each([
  ['SuperTokens', () => begin(supertokens)],
  ['Auth0', () => begin(auth0(30))],
])(
  '%s: within 30 s another token is made and the one before it is dead; after that it is a theft',
  async (_name, start) => {
    const { refresh, first } = start()
    const token = await first()
    const one = tokenIn(await refresh(token))
    const other = tokenIn(await refresh(token))
    expect(one).not.toBe(other)
    expect(isGiven(await refresh(other))).toBe(true)
    later(31)
    expect(await refresh(token)).toMatchObject({ ended: true })
  },
)

test('Ory Hydra: within the period two tabs get a branch each, and both live on', async () => {
  const { refresh, first } = begin(hydra(30))
  const token = await first()
  let [one, other] = [tokenIn(await refresh(token)), tokenIn(await refresh(token))]
  for (let round = 0; round < 10; round++) {
    later(HOUR)
    one = tokenIn(await refresh(one))
    other = tokenIn(await refresh(other))
  }
  expect(one).not.toBe(other)
})

test('Better Auth OAuth provider: the same answer within the interval; by default the repetition of a lost answer ends the family', async () => {
  const kind = begin(betterAuthOAuth(30))
  const token = await kind.first()
  expect(tokenIn(await kind.refresh(token))).toBe(tokenIn(await kind.refresh(token)))
  const strict = begin(betterAuthOAuth(0))
  const other = await strict.first()
  await strict.refresh(other)
  expect(await strict.refresh(other)).toMatchObject({ ended: true })
})

test.each([
  ['Ory Hydra ends access tokens with the session', () => begin(hydra(0)), 401],
  ['those that are verified without asking live on', () => begin(supabase), 200],
])('%s', async (_name, start, status) => {
  const { stack } = start()
  const { set } = await stack.signIn('ada', 0)
  const cookies = set as Record<string, string>
  await stack.signOut({ cookies, server: 0 })
  expect(await stack.use({ cookies, server: 0 })).toMatchObject({ status })
})
