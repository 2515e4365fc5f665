import { expect, test } from 'vitest'
import { handleRoute, type RoutesOptions } from '../../src/http/routes/index.ts'
import { createAuth } from '../../src/http/auth.ts'
import type { SessionAuth } from '../../src/http/auth-types.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { MINUTE, SECRET, tokensIn, under } from '../core/session/setup.ts'

/**
 * Two sessions of one identity, the first with a token from a refresh. `end` sends a DELETE with
 * it.
 */
async function twoSessions(options?: RoutesOptions) {
  let now = Date.UTC(2026, 10, 23)
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => now })
  const [own, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
  now += MINUTE
  const { accessToken } = tokensIn(await auth.refresh(own.refreshToken, under('one')))
  const end = async (path: string, token = accessToken) => {
    const header = (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined)
    const view = {
      method: 'DELETE',
      path,
      header,
      query: () => undefined,
      body: () => ({ ok: true as const, value: {} }),
      address: undefined,
    }
    const { status, body, headers } = (await handleRoute(auth, view as never, options))!
    return {
      status,
      error: (body as { error?: string } | undefined)?.error,
      challenge: headers.find(([name]) => name === 'WWW-Authenticate')?.[1],
    }
  }
  return { own, other, end, auth }
}

test('freshToEndOthers: a token from a refresh can end its own session only', async () => {
  const { own, other, end, auth } = await twoSessions({ freshToEndOthers: true })
  for (const path of [
    '/sessions',
    `/sessions/${other.sessionId}`,
    '/sessions/AAAAAAAAAAAAAAAAAAAAAA',
  ]) {
    expect(await end(path)).toMatchObject({
      status: 401,
      error: 'fresh_required',
      challenge: expect.stringContaining('insufficient_user_authentication'),
    })
  }
  expect(await auth.explain(other.sessionId)).toMatchObject({ end: null })
  expect(await end(`/sessions/${other.sessionId}`, own.accessToken)).toMatchObject({ status: 204 })
  expect(await end('/sessions', own.accessToken)).toMatchObject({ status: 200 })
  expect(await end(`/sessions/${own.sessionId}`)).toMatchObject({ status: 204 })
})

test('without freshToEndOthers a token from a refresh can end other sessions', async () => {
  const { other, end, auth } = await twoSessions()
  expect(await end(`/sessions/${other.sessionId}`)).toMatchObject({ status: 204 })
  expect(await auth.explain(other.sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
  expect(await end('/sessions')).toMatchObject({ status: 200 })
})

/** Signs out with a token in the header, and `everywhere` in the body. */
async function signOutEverywhere(
  auth: SessionAuth,
  token: string,
  options: RoutesOptions,
): Promise<{ status: number; error: string | undefined }> {
  const header = (name: string) => (name === 'authorization' ? `Bearer ${token}` : undefined)
  const view = {
    method: 'POST',
    path: '/logout',
    header,
    query: () => undefined,
    body: () => ({ ok: true as const, value: { everywhere: true } }),
    address: undefined,
  }
  const { status, body } = (await handleRoute(auth, view as never, options))!
  return { status, error: (body as { error?: string } | undefined)?.error }
}

test('POST /logout everywhere: with freshToEndOthers it needs a recent sign-in', async () => {
  const options = { freshToEndOthers: true }
  let now = Date.UTC(2026, 10, 23)
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => now })
  const [own, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
  now += 6 * MINUTE
  expect(await signOutEverywhere(auth, own.refreshToken, options)).toEqual({
    status: 401,
    error: 'fresh_required',
  })
  expect(await auth.explain(own.sessionId)).toMatchObject({ end: { reason: 'signed-out' } })
  expect(await auth.explain(other.sessionId)).toMatchObject({ end: null })
  const recent = await auth.signIn('ada')
  expect((await signOutEverywhere(auth, recent.refreshToken, options)).status).toBe(204)
  expect(await auth.explain(other.sessionId)).toMatchObject({
    end: { reason: 'signed-out-everywhere' },
  })
})

test('POST /logout everywhere: without freshToEndOthers any current token is enough', async () => {
  let now = Date.UTC(2026, 10, 23)
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => now })
  const [own, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
  now += 60 * MINUTE
  expect((await signOutEverywhere(auth, own.refreshToken, {})).status).toBe(204)
  expect(await auth.explain(other.sessionId)).not.toMatchObject({ end: null })
})

test('POST /logout everywhere: a replaced token ends its own session only', async () => {
  let now = Date.UTC(2026, 10, 23)
  const auth = createAuth({ secret: SECRET, store: memoryStore(), now: () => now })
  const [own, other] = [await auth.signIn('ada'), await auth.signIn('ada')]
  now += MINUTE
  await auth.refresh(own.refreshToken, under('one'))
  now += MINUTE
  expect(await signOutEverywhere(auth, own.refreshToken, {})).toEqual({
    status: 401,
    error: 'refresh_token_reused',
  })
  expect(await auth.explain(own.sessionId)).toMatchObject({ end: { reason: 'reused' } })
  expect(await auth.explain(other.sessionId)).toMatchObject({ end: null })
})
