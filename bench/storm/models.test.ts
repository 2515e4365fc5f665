/** Each model behaves as the documentation of its product says. */
import { expect, test } from 'vitest'
import { isSuccess, type StackResponse, type Stack } from 'latchkey-storm'
import { auth0 } from './models/auth0.ts'
import { betterAuthOAuth } from './models/better-auth-oauth.ts'
import { hydra } from './models/hydra.ts'
import { modelStack, type Model } from './models/model.ts'
import { supabase } from './models/supabase.ts'
import { supertokens } from './models/supertokens.ts'

let now = 0
const HOUR = 3600
const wait = (seconds: number): void => void (now += seconds * 1000)

function start<Session extends { hasEnded?: boolean }>(
  model: Model<Session>,
): { stack: Stack; refresh(token: string): Promise<StackResponse>; first(): Promise<string> } {
  const stack = modelStack(model, () => now)
  return {
    stack,
    refresh: (refresh) => stack.refresh({ cookies: { refresh }, server: 0 }, null),
    first: async () => (await stack.signIn('ada', 0)).set['refresh']!,
  }
}
const tokenIn = ({ set }: StackResponse): string => set['refresh']!

test('Supabase: a thief one step behind the owner gets the same tokens for hours', async () => {
  const { refresh, first } = start(supabase)
  let owner = await first()
  let thief = owner
  for (let round = 0; round < 20; round++) {
    owner = tokenIn(await refresh(owner))
    wait(HOUR)
    const stolen = await refresh(thief)
    expect(isSuccess(stolen)).toBe(true)
    thief = tokenIn(stolen)
    expect(thief).toBe(owner)
    wait(HOUR)
  }
})

test('Supabase: a token two steps behind, after the interval, ends the session', async () => {
  const { refresh, first } = start(supabase)
  const token = await first()
  const second = tokenIn(await refresh(token))
  await refresh(second)
  wait(11)
  expect(await refresh(token)).toMatchObject({ ended: true })
  expect(await refresh(second)).toMatchObject({ ended: true })
})

test.each([
  ['SuperTokens', () => start(supertokens)],
  ['Auth0', () => start(auth0(30))],
])(
  '%s: reuse within 30 s replaces the other token, later it ends the session',
  async (_name, startModel) => {
    const { refresh, first } = startModel()
    const token = await first()
    const firstNext = tokenIn(await refresh(token))
    const secondNext = tokenIn(await refresh(token))
    expect(firstNext).not.toBe(secondNext)
    expect(isSuccess(await refresh(secondNext))).toBe(true)
    wait(31)
    expect(await refresh(token)).toMatchObject({ ended: true })
  },
)

test('Ory Hydra: reuse within the period makes two branches, and both stay live', async () => {
  const { refresh, first } = start(hydra(30))
  const token = await first()
  let [branchA, branchB] = [tokenIn(await refresh(token)), tokenIn(await refresh(token))]
  for (let round = 0; round < 10; round++) {
    wait(HOUR)
    branchA = tokenIn(await refresh(branchA))
    branchB = tokenIn(await refresh(branchB))
  }
  expect(branchA).not.toBe(branchB)
})

test('Better Auth OAuth: reuse repeats in the interval, else ends the session', async () => {
  const lenient = start(betterAuthOAuth(30))
  const token = await lenient.first()
  expect(tokenIn(await lenient.refresh(token))).toBe(tokenIn(await lenient.refresh(token)))
  const strict = start(betterAuthOAuth(0))
  const strictToken = await strict.first()
  await strict.refresh(strictToken)
  expect(await strict.refresh(strictToken)).toMatchObject({ ended: true })
})

test.each([
  ['Ory Hydra: access tokens end with the session', () => start(hydra(0)), 401],
  ['Supabase: access tokens outlive the session', () => start(supabase), 200],
])('%s', async (_name, startModel, status) => {
  const { stack } = startModel()
  const { set } = await stack.signIn('ada', 0)
  const cookies = set as Record<string, string>
  await stack.signOut({ cookies, server: 0 })
  expect(await stack.use({ cookies, server: 0 })).toMatchObject({ status })
})
