import { describe, expect, test } from 'vitest'
import { createAuth } from 'latchkey'
import { getAuth, guard, sendRefusal } from 'latchkey/fetch'
import { fromFlask, type FlaskConfig } from 'latchkey/flask'
import { memoryStore } from 'latchkey/stores/memory'
import { SECRET } from './tokens.ts'

const make = (config: FlaskConfig = {}) =>
  createAuth(fromFlask({ JWT_SECRET_KEY: SECRET, ...config }))
const requestWith = (headers: Record<string, string>, method = 'GET') =>
  new Request('https://app.example/me', { headers, method })

describe.each([[null], [7], [0], [''], [false], [{ id: 7, role: 'admin' }], [['a']]])(
  'identity %j',
  (identity) => {
    const send = async (auth: ReturnType<typeof make>, requirement = {}) => {
      const route = (request: Request) => {
        const { identity, claims } = getAuth<typeof auth>(request)
        return Response.json({ identity, type: claims.type })
      }
      const handler = guard(auth, route, requirement)
      const response = await handler(
        requestWith({ authorization: `Bearer ${auth.createAccessToken(identity)}` }),
      )
      return { status: response.status, body: (await response.json()) as unknown }
    }

    test('passes a plain guard if subjects are not verified', async () => {
      const passed = { status: 200, body: { identity, type: 'access' } }
      expect(await send(make({ JWT_VERIFY_SUB: false }))).toEqual(passed)
      expect(await send(make({ JWT_VERIFY_SUB: false }), { optional: true })).toEqual(passed)
    })
    test('passes in another claim', async () => {
      const { status, body } = await send(make({ JWT_IDENTITY_CLAIM: 'user' }))
      expect([status, body]).toEqual([200, { identity, type: 'access' }])
    })
    test.skipIf(typeof identity === 'string')('is refused as Flask does by default', async () => {
      expect(await send(make())).toEqual({ status: 422, body: { msg: 'Subject must be a string' } })
    })
  },
)

test('a request without a token is refused, and getAuth behind optional still throws', async () => {
  const auth = make({ JWT_VERIFY_SUB: false })
  const handler = guard(auth, (request) => Response.json(getAuth(request)), { optional: true })
  expect((await guard(auth, () => new Response())(requestWith({}))).status).toBe(401)
  await expect((async () => handler(requestWith({})))()).rejects.toThrow(/"optional"/)
})

test('renewCookies renews the cookie of a token whose identity is null', async () => {
  const clock = { now: 1_800_000_000_000 }
  const auth = createAuth({
    ...fromFlask({
      JWT_SECRET_KEY: SECRET,
      JWT_VERIFY_SUB: false,
      JWT_TOKEN_LOCATION: 'cookies',
      JWT_COOKIE_CSRF_PROTECT: false,
    }),
    now: () => clock.now,
  })
  const token = auth.createAccessToken(null)
  clock.now += 10 * 60 * 1000
  const renewing = guard(auth, async (request) =>
    Response.json(await auth.renewCookies(getAuth(request), [])),
  )
  const response = await renewing(requestWith({ cookie: `access_token_cookie=${token}` }))
  expect(await response.json()).toEqual([expect.stringContaining('access_token_cookie=')])
})

describe('the replies of "answers" are sent wherever a refusal is', () => {
  const own = { status: 418, body: { own: true } }
  const asyncOwn = async () => Promise.resolve(own)
  const withAnswers = (answers: object) =>
    createAuth({ ...fromFlask({ JWT_SECRET_KEY: SECRET }), answers })
  const expired = make().createAccessToken('ada', { expiresIn: -60 })
  const sent = async (refusal: object) => {
    const response = sendRefusal(refusal as never)
    return { status: response.status, body: (await response.json()) as unknown }
  }

  test('decodeToken, checkToken and checkOrigin', async () => {
    const seen: unknown[] = []
    const auth = withAnswers({
      token_expired: (_: object, token: { claims: { sub: string } }) => {
        seen.push(token.claims.sub)
        return own
      },
      csrf_refused: () => own,
    })
    expect(await sent(auth.decodeToken(expired))).toEqual(own)
    expect(await sent(await auth.checkToken(expired))).toEqual(own)
    const cross = requestWith({ origin: 'https://evil.example', cookie: 'a=b' }, 'POST')
    expect(await sent(auth.checkOrigin(cross)!)).toMatchObject({ status: 418 })
    // Another code keeps the reply of Flask-JWT-Extended.
    expect(await sent(auth.decodeToken('x'))).toMatchObject({ status: 422 })
    expect(seen).toEqual(['ada', 'ada'])
  })

  test('a guard calls the callback once', async () => {
    let calls = 0
    const auth = withAnswers({ token_expired: () => (calls++, own) })
    const handler = guard(auth, () => new Response())
    const response = await handler(requestWith({ authorization: `Bearer ${expired}` }))
    expect([response.status, calls]).toEqual([418, 1])
  })

  test('an asynchronous callback: applyAnswers, and methods that return a promise', async () => {
    const auth = withAnswers({ token_expired: asyncOwn })
    const decoded = auth.decodeToken(expired)
    expect(await sent(decoded)).toEqual({ status: 401, body: { msg: 'Token has expired' } })
    expect(await sent(await auth.applyAnswers(decoded as never, expired))).toEqual(own)
    expect(await sent(await auth.checkToken(expired))).toEqual(own)
  })

  test('what the callback throws is thrown', () => {
    const auth = withAnswers({
      token_expired: () => {
        throw new Error('no template')
      },
    })
    expect(() => auth.decodeToken(expired)).toThrow('no template')
  })

  test('throttle.signIn', async () => {
    const auth = createAuth({
      secret: 'a secret of more than thirty-two bytes',
      store: memoryStore(),
      answers: { too_many_attempts: () => own },
    })
    const tries = () => auth.throttle.signIn({ account: 'ada' }, async () => null)
    let last = await tries()
    for (let i = 0; last.ok && i < 10; i++) last = await tries()
    expect(await sent(last)).toEqual(own)
    auth.close()
  })

  test('without fromFlask, the same', async () => {
    const auth = createAuth({
      secret: 'a secret of more than thirty-two bytes',
      answers: { token_invalid: () => own },
    })
    expect(await sent(auth.decodeToken('x'))).toEqual(own)
    expect(await sent(await auth.checkToken('x'))).toEqual(own)
  })
})
