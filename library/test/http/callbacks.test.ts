import { expect, test } from 'vitest'
import { createAuth, type AuthEvent, type AuthOptions } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { refusalReply } from '../../src/http/replies.ts'
import { handleRoute } from '../../src/http/routes/index.ts'
import { request } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const resolved = <T>(value: T): Promise<T> => Promise.resolve(value)
const throwError = (): never => {
  throw new Error('the database is down')
}
const token = createAuth({ secret }).createAccessToken('ada')
const headers = { authorization: `Bearer ${token}` }

/** Authenticates a valid token with these callbacks. */
async function authenticate(options: Partial<AuthOptions>, requirement = {}) {
  const events: AuthEvent[] = []
  const auth = createAuth({ secret, onEvent: (event) => events.push(event), ...options })
  // The callbacks throw at once, or reject.
  const authenticate = async () => auth.authenticate(request({ headers }), requirement)
  const result = await authenticate().catch((cause: unknown) => ({ ok: false as const, cause }))
  if ('cause' in result) {
    expect(events).toMatchObject([{ type: 'callback-failed', cause: result.cause }])
    return { code: 'thrown', user: null, events }
  }
  return {
    code: result.ok ? 'passed' : result.code,
    user: result.ok && 'user' in result ? result.user : null,
    events,
  }
}

const RESULTS: Array<[title: string, options: Partial<AuthOptions>, code: string]> = [
  ['isRevoked returns false', { isRevoked: () => false }, 'passed'],
  ['isRevoked returns true', { isRevoked: () => true }, 'token_revoked'],
  ['isRevoked resolves to true', { isRevoked: () => resolved(true) }, 'token_revoked'],
  ['isRevoked returns a truthy value', { isRevoked: () => 'yes' as never }, 'token_revoked'],
  ['isRevoked returns undefined', { isRevoked: () => undefined as never }, 'thrown'],
  ['isRevoked resolves to null', { isRevoked: () => resolved(null) as never }, 'thrown'],
  ['isRevoked throws', { isRevoked: throwError }, 'thrown'],
  ['isRevoked rejects', { isRevoked: () => Promise.reject(new Error('down')) }, 'thrown'],
  ['verifyClaims returns true', { verifyClaims: () => true }, 'passed'],
  ['verifyClaims resolves to false', { verifyClaims: () => resolved(false) }, 'claims_refused'],
  ['verifyClaims returns a truthy value', { verifyClaims: () => 1 as never }, 'claims_refused'],
  ['verifyClaims returns undefined', { verifyClaims: () => undefined as never }, 'claims_refused'],
  ['verifyClaims throws', { verifyClaims: throwError }, 'thrown'],
  ['lookupUser returns null', { lookupUser: () => null }, 'user_unknown'],
  ['lookupUser resolves to undefined', { lookupUser: () => resolved(undefined) }, 'user_unknown'],
  ['lookupUser throws', { lookupUser: throwError }, 'thrown'],
  [
    'isRevoked is called before the others',
    { isRevoked: () => true, verifyClaims: () => false, lookupUser: () => null },
    'token_revoked',
  ],
  [
    'verifyClaims is called before lookupUser',
    { isRevoked: () => false, verifyClaims: () => false, lookupUser: () => null },
    'claims_refused',
  ],
]
for (const [title, options, expected] of RESULTS)
  test(`${title}: ${expected}`, async () => {
    const { code, events } = await authenticate(options)
    expect(code).toBe(expected)
    expect(events.map(({ type }) => type)).toEqual(expected === 'thrown' ? ['callback-failed'] : [])
  })

test('lookupUser: any value but null and undefined is passed to the route', async () => {
  for (const user of [{ name: 'Ada' }, 0, '', false, []])
    expect((await authenticate({ lookupUser: () => resolved(user) })).user).toBe(user)
  const described = await authenticate({
    lookupUser: ({ claims, header }) => `${claims.sub} ${String(header.typ)}`,
  })
  expect(described.user).toBe('ada at+jwt')
})

test('isRevoked: a thenable that is not a Promise is awaited', async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- the test needs a thenable
  const query = { then: (resolve: (revoked: boolean) => void) => resolve(true) }
  expect((await authenticate({ isRevoked: () => query as never })).code).toBe('token_revoked')
})

test('skipRevocationCheck: isRevoked is not called', async () => {
  expect(
    (
      await authenticate(
        { isRevoked: throwError, lookupUser: () => 'Ada' },
        { skipRevocationCheck: true },
      )
    ).user,
  ).toBe('Ada')
})

test('authenticate returns synchronously unless a callback returns a promise', () => {
  const authenticateWith = (options: Partial<AuthOptions>) =>
    createAuth({ secret, ...options }).authenticate(request({ headers }))
  expect(authenticateWith({})).toMatchObject({ ok: true })
  expect(
    authenticateWith({ isRevoked: () => false, verifyClaims: () => true, lookupUser: () => 'Ada' }),
  ).toMatchObject({ ok: true })
  expect(authenticateWith({ lookupUser: () => resolved('Ada') })).toBeInstanceOf(Promise)
})

test('claims, headers, identity: sync or async results are used, invalid ones throw', async () => {
  interface User {
    id: number
    roles: string[]
  }
  const ada: User = { id: 7, roles: ['admin'] }
  const auth = createAuth({
    secret,
    identity: (user: User) => `user-${user.id}`,
    claims: ({ roles }: User) => ({ roles, team: 1 }),
    headers: () => ({ place: 'here' }),
  })
  const created: string = auth.createAccessToken(ada, {
    claims: { team: 2 },
    headers: { time: 'now' },
  })
  expect(auth.decodeToken(created)).toMatchObject({
    claims: { sub: 'user-7', roles: ['admin'], team: 2 },
    header: { alg: 'HS256', place: 'here', time: 'now' },
  })
  const asyncAuth = createAuth({ secret, claims: async (user: string) => ({ user }) })
  expect(asyncAuth.decodeToken(await asyncAuth.createRefreshToken('ada'))).toMatchObject({
    kind: 'refresh',
    claims: { user: 'ada' },
  })
  expect(() =>
    createAuth({ secret, claims: () => ({ sub: 'eve' }) }).createAccessToken('ada'),
  ).toThrow(/the claim "sub" is written by Latchkey/)
  expect(() =>
    createAuth({ secret, claims: () => 'admin' as never }).createAccessToken('ada'),
  ).toThrow(/"claims" must return an object/)
  expect(() => createAuth({ secret, identity: () => 7 as never }).createAccessToken('ada')).toThrow(
    /the identity must be a non-empty string/,
  )
})

test('claims callback: called at each refresh; if it throws, the session stays', async () => {
  let roles: string[] | null = ['admin']
  const auth = createAuth({
    secret,
    store: memoryStore(),
    claims: async () => ({ roles: roles ?? throwError() }),
    headers: () => ({ place: 'here' }),
  })
  const first = await auth.signIn('ada', { claims: { device: 'phone' } })
  expect(auth.decodeToken(first.accessToken)).toMatchObject({
    claims: { roles: ['admin'], device: 'phone' },
    header: { place: 'here' },
  })
  roles = null
  await expect(auth.refresh(first.refreshToken)).rejects.toThrow('the database is down')
  roles = ['guest']
  const second = await auth.refresh(first.refreshToken)
  expect(second.ok && auth.decodeToken(second.tokens.accessToken)).toMatchObject({
    claims: { roles: ['guest'], device: 'phone' },
  })
})

test('answers: replaces the reply of a code; throws if it fails or returns a 2xx', async () => {
  const events: AuthEvent[] = []
  let now = 1_800_000_000_000
  const auth = createAuth({
    secret,
    store: memoryStore(),
    now: () => now,
    onEvent: (event) => events.push(event),
    answers: {
      token_missing: () => ({ status: 302, headers: [['Location', '/sign-in']] }),
      token_expired: async ({ code }, parts) => ({
        status: 401,
        body: { code, identity: parts?.claims.sub },
      }),
      token_invalid: (_refusal, parts) => ({ status: 400, body: { parts } }),
      token_type_invalid: throwError,
      not_found: () => ({ status: 200, body: 'fine' }),
      method_not_allowed: () => ({ status: 405, body: { no: true } }),
    },
  })
  const replyTo = async (authorization?: string) => {
    const result = await auth.authenticate(
      request({ headers: authorization === undefined ? {} : { authorization } }),
    )
    return result.ok ? null : refusalReply(result)
  }
  const tokens = await auth.signIn('ada')
  expect(await replyTo()).toEqual({
    status: 302,
    headers: [['Location', '/sign-in']],
    body: undefined,
  })
  expect(await replyTo('Bearer x')).toMatchObject({ status: 400, body: { parts: null } })
  await expect(replyTo(`Bearer ${tokens.refreshToken}`)).rejects.toThrow('the database is down')
  expect(await handleRoute(auth, request({ method: 'DELETE', path: '/refresh' }))).toMatchObject({
    status: 405,
    body: { no: true },
  })
  const unknown = handleRoute(
    auth,
    request({
      method: 'DELETE',
      path: `/sessions/${'A'.repeat(22)}`,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    }),
  )
  await expect(unknown).rejects.toThrow('must have a status from 300 to 599')
  expect(events.filter(({ type }) => type === 'callback-failed')).toHaveLength(2)
  now += 301_000
  expect(await replyTo(`Bearer ${tokens.accessToken}`)).toMatchObject({
    status: 401,
    body: { code: 'token_expired', identity: 'ada' },
  })
})
