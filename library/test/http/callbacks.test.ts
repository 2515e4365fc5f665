import { expect, test } from 'vitest'
import { createAuth, type AuthEvent, type AuthOptions } from 'latchkey'
import { memoryStore } from 'latchkey/stores/memory'
import { refusalReply } from '../../src/http/replies.ts'
import { handleRoute } from '../../src/http/routes/index.ts'
import { request } from './request.ts'

const secret = 'a secret of more than thirty-two bytes'
const later = <T>(value: T): Promise<T> => Promise.resolve(value)
const fail = (): never => {
  throw new Error('the database is away')
}
const token = createAuth({ secret }).createAccessToken('ada')
const headers = { authorization: `Bearer ${token}` }

/** What a guard with these callbacks says of a good token, and the events that were told. */
async function ask(options: Partial<AuthOptions>, requirement = {}) {
  const events: AuthEvent[] = []
  const auth = createAuth({ secret, onEvent: (event) => events.push(event), ...options })
  const outcome = await auth.authenticate(request({ headers }), requirement)
  return {
    said: outcome.ok ? 'passed' : outcome.code,
    user: outcome.ok && 'user' in outcome ? outcome.user : null,
    events,
  }
}

const ANSWERS: Array<[name: string, options: Partial<AuthOptions>, said: string]> = [
  ['not revoked', { isRevoked: () => false }, 'passed'],
  ['revoked', { isRevoked: () => true }, 'token_revoked'],
  ['revoked, said later', { isRevoked: () => later(true) }, 'token_revoked'],
  ['revoked, in other words', { isRevoked: () => 'yes' as never }, 'token_revoked'],
  ['nothing said of it', { isRevoked: () => undefined as never }, 'temporarily_unavailable'],
  [
    'nothing said of it later',
    { isRevoked: () => later(null) as never },
    'temporarily_unavailable',
  ],
  ['the revocation failed', { isRevoked: fail }, 'temporarily_unavailable'],
  [
    'the revocation failed later',
    { isRevoked: () => Promise.reject(new Error('away')) },
    'temporarily_unavailable',
  ],
  ['accepted', { verifyClaims: () => true }, 'passed'],
  ['not accepted', { verifyClaims: () => later(false) }, 'claims_refused'],
  ['accepted in other words', { verifyClaims: () => 1 as never }, 'claims_refused'],
  ['nothing said of the claims', { verifyClaims: () => undefined as never }, 'claims_refused'],
  ['the claims failed', { verifyClaims: fail }, 'temporarily_unavailable'],
  ['nobody found', { lookupUser: () => null }, 'user_unknown'],
  ['nobody found later', { lookupUser: () => later(undefined) }, 'user_unknown'],
  ['the lookup failed', { lookupUser: fail }, 'temporarily_unavailable'],
  [
    'revoked is said before anything else',
    { isRevoked: () => true, verifyClaims: () => false, lookupUser: () => null },
    'token_revoked',
  ],
  [
    'then the claims',
    { isRevoked: () => false, verifyClaims: () => false, lookupUser: () => null },
    'claims_refused',
  ],
]
test.each(ANSWERS)('%s', async (_name, options, said) => {
  const { said: heard, events } = await ask(options)
  expect(heard).toBe(said)
  expect(events.map(({ type }) => type)).toEqual(
    said === 'temporarily_unavailable' ? ['callback-failed'] : [],
  )
})

test('the user reaches the route, whatever it is', async () => {
  for (const user of [{ name: 'Ada' }, 0, '', false, []])
    expect((await ask({ lookupUser: () => later(user) })).user).toBe(user)
  const known = await ask({
    lookupUser: ({ claims, header }) => `${claims.sub} ${String(header.typ)}`,
  })
  expect(known.user).toBe('ada at+jwt')
})

test('a promise of another maker is waited for', async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
  const query = { then: (found: (revoked: boolean) => void) => found(true) }
  expect((await ask({ isRevoked: () => query as never })).said).toBe('token_revoked')
})

test('what is skipped is not asked', async () => {
  expect(
    (await ask({ isRevoked: fail, lookupUser: () => 'Ada' }, { skipRevocationCheck: true })).user,
  ).toBe('Ada')
})

test('a guard answers at once where nobody needs time', () => {
  const at = (options: Partial<AuthOptions>) =>
    createAuth({ secret, ...options }).authenticate(request({ headers }))
  expect(at({})).toMatchObject({ ok: true })
  expect(
    at({ isRevoked: () => false, verifyClaims: () => true, lookupUser: () => 'Ada' }),
  ).toMatchObject({ ok: true })
  expect(at({ lookupUser: () => later('Ada') })).toBeInstanceOf(Promise)
})

test('claims, headers and identity of an object, at once and later', async () => {
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
  const made: string = auth.createAccessToken(ada, {
    claims: { team: 2 },
    headers: { time: 'now' },
  })
  expect(auth.decodeToken(made)).toMatchObject({
    claims: { sub: 'user-7', roles: ['admin'], team: 2 },
    header: { alg: 'HS256', place: 'here', time: 'now' },
  })
  const slow = createAuth({ secret, claims: async (user: string) => ({ user }) })
  expect(slow.decodeToken(await slow.createRefreshToken('ada'))).toMatchObject({
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
    /an identity must be a string/,
  )
})

test('the claims of a session are asked for at each refresh, and a failure loses nothing', async () => {
  let roles: string[] | null = ['admin']
  const auth = createAuth({
    secret,
    store: memoryStore(),
    claims: async () => ({ roles: roles ?? fail() }),
    headers: () => ({ place: 'here' }),
  })
  const first = await auth.signIn('ada', { claims: { device: 'phone' } })
  expect(auth.decodeToken(first.accessToken)).toMatchObject({
    claims: { roles: ['admin'], device: 'phone' },
    header: { place: 'here' },
  })
  roles = null
  expect(await auth.refresh(first.refreshToken)).toMatchObject({
    ok: false,
    code: 'temporarily_unavailable',
  })
  roles = ['guest']
  const second = await auth.refresh(first.refreshToken)
  expect(second.ok && auth.decodeToken(second.tokens.accessToken)).toMatchObject({
    claims: { roles: ['guest'], device: 'phone' },
  })
})

test('each answer can be replaced, and one that fails is not used', async () => {
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
        body: { code, who: parts?.claims.sub },
      }),
      token_invalid: (_refusal, parts) => ({ status: 400, body: { parts } }),
      token_type_invalid: fail,
      not_found: () => ({ status: 200, body: 'fine' }),
      method_not_allowed: () => ({ status: 405, body: { no: true } }),
    },
  })
  const replyTo = async (authorization?: string) => {
    const outcome = await auth.authenticate(
      request({ headers: authorization === undefined ? {} : { authorization } }),
    )
    return outcome.ok ? null : refusalReply(outcome)
  }
  const tokens = await auth.signIn('ada')
  expect(await replyTo()).toEqual({
    status: 302,
    headers: [['Location', '/sign-in']],
    body: undefined,
  })
  expect(await replyTo('Bearer x')).toMatchObject({ status: 400, body: { parts: null } })
  expect(await replyTo(`Bearer ${tokens.refreshToken}`)).toMatchObject({
    status: 401,
    body: { error: 'token_type_invalid' },
  })
  expect(await handleRoute(auth, request({ method: 'DELETE', path: '/refresh' }))).toMatchObject({
    status: 405,
    body: { no: true },
  })
  const unknown = await handleRoute(
    auth,
    request({
      method: 'DELETE',
      path: `/sessions/${'A'.repeat(22)}`,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    }),
  )
  expect(unknown).toMatchObject({ status: 404, body: { error: 'not_found' } })
  expect(events.filter(({ type }) => type === 'callback-failed')).toHaveLength(2)
  now += 301_000
  expect(await replyTo(`Bearer ${tokens.accessToken}`)).toMatchObject({
    status: 401,
    body: { code: 'token_expired', who: 'ada' },
  })
})
