import { expect, test } from 'vitest'
import { createAuth } from '../../../src/http/auth.ts'
import type { AuthEvent } from '../../../src/core/events.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { MINUTE, SECOND, SECRET, tokensIn, under } from './setup.ts'

function setUp() {
  const clock = { now: Date.UTC(2026, 10, 23) }
  const events: AuthEvent[] = []
  const auth = createAuth({
    secret: SECRET,
    store: memoryStore(),
    now: () => clock.now,
    onEvent: (event) => events.push(event),
  })
  return { auth, clock, typesOf: () => events.map(({ type }) => type) }
}

/** A session whose first refresh token was replaced twice, and another session. */
async function replacedTwice() {
  const context = setUp()
  const { auth, clock } = context
  const first = await auth.signIn('ada')
  const other = await auth.signIn('ada')
  clock.now += MINUTE
  const second = tokensIn(await auth.refresh(first.refreshToken, under('one')))
  clock.now += MINUTE
  const third = tokensIn(await auth.refresh(second.refreshToken, under('two', 'one')))
  clock.now += MINUTE
  return { ...context, first, second, third, other }
}

test('revokeToken: ends the session of a refresh token, or of an access token', async () => {
  const { auth } = setUp()
  for (const kind of ['refreshToken', 'accessToken'] as const) {
    const tokens = await auth.signIn('ada')
    const device = { address: '192.0.2.1' }
    expect(await auth.revokeToken(tokens[kind], { device })).toEqual({ ok: true, ended: 1 })
    expect(await auth.explain(tokens.sessionId)).toMatchObject({
      end: { reason: 'signed-out', details: { device } },
    })
    expect(await auth.revokeToken(tokens[kind])).toEqual({ ok: true, ended: 0 })
  }
})

test('revokeToken: a token of nobody is refused', async () => {
  const { auth } = setUp()
  const stranger = createAuth({ secret: `${SECRET} of another`, store: memoryStore() })
  const { refreshToken, accessToken } = await stranger.signIn('ada')
  for (const token of ['', 'x', refreshToken, accessToken])
    expect(await auth.revokeToken(token)).toMatchObject({ ok: false, code: 'token_invalid' })
})

test('revokeToken: a replaced token ends its own session as reused, and no other', async () => {
  for (const everywhere of [false, true]) {
    const { auth, first, other, typesOf } = await replacedTwice()
    expect(await auth.revokeToken(first.refreshToken, { everywhere })).toMatchObject({
      ok: false,
      code: 'refresh_token_reused',
    })
    expect(await auth.explain(first.sessionId)).toMatchObject({ end: { reason: 'reused' } })
    expect(await auth.explain(other.sessionId)).toMatchObject({ end: null })
    expect(typesOf()).toContain('reused')
  }
})

test('revokeToken: a replaced token with the attempt that replaced it is a sign-out', async () => {
  const { auth, second } = await replacedTwice()
  const { attempts } = under('two', 'one')
  expect(await auth.revokeToken(second.refreshToken, { attempts: attempts! })).toEqual({
    ok: true,
    ended: 1,
  })
  expect(await auth.explain(second.sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
})

test('revokeToken: everywhere ends all sessions of the identity', async () => {
  const { auth, third, other } = await replacedTwice()
  const bob = await auth.signIn('bob')
  expect(await auth.revokeToken(third.refreshToken, { everywhere: true })).toEqual({
    ok: true,
    ended: 2,
  })
  expect(await auth.explain(other.sessionId)).toMatchObject({
    end: { reason: 'signed-out-everywhere' },
  })
  expect(await auth.explain(bob.sessionId)).toMatchObject({ end: null })
})

test('revokeToken: freshToEndOthers needs a recent sign-in to end more than one', async () => {
  const options = { everywhere: true, freshToEndOthers: true }
  for (const kind of ['refreshToken', 'accessToken'] as const) {
    const { auth, clock } = setUp()
    const [old, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
    clock.now += 5 * MINUTE
    expect(await auth.revokeToken(old[kind], options)).toMatchObject({ code: 'fresh_required' })
    expect(await auth.explain(old.sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
    expect(await auth.explain(other.sessionId)).toMatchObject({ end: null })
    const recent = await auth.signIn('ada')
    clock.now += 4 * MINUTE + 40 * SECOND
    expect(await auth.revokeToken(recent[kind], options)).toEqual({ ok: true, ended: 2 })
  }
})

test('introspect: access and refresh tokens while their session lives, then inactive', async () => {
  const { auth, clock } = setUp()
  const tokens = await auth.signIn('ada', { claims: { role: 'pilot' } })
  const now = clock.now / 1000
  expect(await auth.introspect(tokens.accessToken)).toMatchObject({
    active: true,
    token_type: 'Bearer',
    sub: 'ada',
    sid: tokens.sessionId,
    role: 'pilot',
    iat: now,
  })
  expect(await auth.introspect(tokens.refreshToken)).toEqual({
    active: true,
    token_type: 'refresh_token',
    sub: 'ada',
    sid: tokens.sessionId,
    iat: now,
    exp: now + 30 * 24 * 3600,
  })
  await auth.signOut(tokens.sessionId)
  expect(await auth.introspect(tokens.accessToken)).toEqual({ active: false })
  expect(await auth.introspect(tokens.refreshToken)).toEqual({ active: false })
})

test('introspect: a replaced refresh token is inactive, and its session goes on', async () => {
  const { auth, first, third, typesOf } = await replacedTwice()
  expect(await auth.introspect(first.refreshToken)).toEqual({ active: false })
  expect(await auth.introspect(third.refreshToken)).toMatchObject({ active: true })
  expect(typesOf()).not.toContain('reused')
})

test('introspect: expired, damaged and foreign tokens are inactive', async () => {
  const { auth, clock } = setUp()
  const { accessToken, refreshToken } = await auth.signIn('ada')
  const stranger = createAuth({ secret: `${SECRET} of another`, store: memoryStore() })
  const foreign = (await stranger.signIn('ada')).accessToken
  clock.now += 6 * MINUTE
  for (const token of ['', 'x', accessToken, `${refreshToken}x`, foreign])
    expect(await auth.introspect(token)).toEqual({ active: false })
})

test('introspect: a store that fails is an outage, not an inactive token', async () => {
  const store = memoryStore()
  const auth = createAuth({ secret: SECRET, store })
  const { refreshToken } = await auth.signIn('ada')
  const failing = createAuth({
    secret: SECRET,
    store: {
      ...store,
      read() {
        throw new Error('the store is down')
      },
    },
  })
  expect(await failing.introspect(refreshToken)).toMatchObject({ code: 'temporarily_unavailable' })
})
